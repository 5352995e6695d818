import { moneyAtProvider } from '#test/oracles';

/** A payment provider as a kill run sees it: what the shop must know of it, and what its books say. */
export type OutsideProvider = {
  /** The settings of a shop that is to use it. */
  readonly env: Readonly<Record<string, string>>;
  /** Ways to pay, each as often as it is to be chosen. */
  readonly tokens: readonly string[];
  /** The share of completed orders that their customers cancel. */
  readonly regret: number;
  /** What it keeps, in minor units by payment. */
  kept(): Promise<ReadonlyMap<string, number>>;
  /** What it did to the shop, for a run to prove that it did. */
  shown(): Readonly<Record<string, number>>;
  /** Waits until it has nothing more to tell. Throws what the shop did wrong. */
  finish(): Promise<void>;
};

/** The sandbox lives in the shop; its books are outside of it. */
export function sandboxOutside(dataDir: string): OutsideProvider {
  return {
    env: {},
    tokens: [
      ...Array<string>(12).fill('tok_ok'),
      ...Array<string>(4).fill('tok_declined'),
      'tok_flaky',
      'tok_unknown_outcome',
    ],
    regret: 0,
    kept: () => moneyAtProvider(dataDir),
    shown: () => ({}),
    finish: async () => undefined,
  };
}
