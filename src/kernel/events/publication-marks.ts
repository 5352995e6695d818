import type { Logger } from '../ports/logger.ts';
import { rest } from './backoff.ts';
import type { Held, Unpublished } from './unpublished.ts';

/**
 * Marks published events a little later and together. What a crash leaves unmarked is published
 * again, which every inbox ignores.
 */
export type PublicationMarks = {
  /** Published events that are not marked yet. */
  held(): Held;
  /** Notes published events. Waits only when marking has fallen far behind. */
  add(events: readonly Unpublished[]): Promise<void>;
  /** Marks what is left; gives up on an error, since a repeat is harmless. */
  close(): Promise<void>;
};

type Mark = (events: readonly Unpublished[]) => Promise<void>;

/** Marks when no more have come for a moment, and after some time even if they go on coming. */
const lullMs = 10;
const lingerMs = 250;
const retryMs = 1000;
const mostHeld = 5000;

export function createPublicationMarks(mark: Mark, log: Logger): PublicationMarks {
  const numbers = new Set<number>();
  let highest = 0;
  const closing = new AbortController();
  let waiting: Unpublished[] = [];
  let marking: Promise<void> | undefined;

  async function markAll(): Promise<void> {
    await lull();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await mark(batch);
        for (const { number } of batch) numbers.delete(number);
      } catch (error) {
        waiting = [...batch, ...waiting];
        log.warn({ err: error }, 'published events could not be marked as such');
        if (closing.signal.aborted) return;
        await rest(retryMs, closing.signal);
      }
    }
  }

  async function lull(): Promise<void> {
    const until = performance.now() + lingerMs;
    for (let seen = -1; seen < waiting.length && performance.now() < until; ) {
      seen = waiting.length;
      await rest(lullMs, closing.signal);
    }
  }

  function begin(): Promise<void> {
    marking ??= markAll().finally(() => {
      marking = undefined;
    });
    return marking;
  }

  return {
    held: () => ({ numbers, highest: numbers.size === 0 ? 0 : highest }),
    async add(events) {
      for (const { number } of events) {
        numbers.add(number);
        highest = Math.max(highest, number);
      }
      waiting.push(...events);
      const marked = begin();
      if (numbers.size > mostHeld) await marked;
    },
    async close() {
      closing.abort();
      await marking;
    },
  };
}
