import { setImmediate as turn } from 'node:timers/promises';

/** Events on their way from one module's outbox to another's inbox, over one broker. */
export type EventPath = {
  readonly name: string;
  /** Commits so many events to the outbox, while nothing publishes. */
  fill(events: number): Promise<void>;
  /** Publishes, and resolves when all that was filled has taken effect. */
  drain(): Promise<void>;
  /** Commits one event; resolves with the ms from its commit to the commit of its effect. */
  one(): Promise<number>;
  close(): Promise<void>;
};

/** Events of one subject follow one another; subjects do not. */
export const subjects = 100;

/** Counts effects as they commit. */
export type Effects = {
  count: number;
  /** When the last one was committed. */
  lastAt: number;
  happened(): void;
  reach(count: number): Promise<void>;
};

export function createEffects(): Effects {
  let reached: { count: number; end(): void } | undefined;
  const effects: Effects = {
    count: 0,
    lastAt: 0,
    happened() {
      effects.lastAt = performance.now();
      effects.count += 1;
      if (reached && effects.count >= reached.count) reached.end();
    },
    async reach(count) {
      if (effects.count < count) await new Promise<void>((end) => (reached = { count, end }));
      reached = undefined;
      await turn();
    },
  };
  return effects;
}
