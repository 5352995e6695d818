/** Why not every value that one side sends is taken by the other. */
export type Gap = {
  /** `items[].quantity`, or empty for the whole. */
  readonly field: string;
  /** What the one side does: `sends …`, `may leave it out`. */
  readonly sends: string;
  /** What the other does: `takes …`, `needs it`. */
  readonly takes: string;
};
