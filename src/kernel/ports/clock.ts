/** The only source of time in the code, so that tests can move it. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
};
