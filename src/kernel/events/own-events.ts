import type { Logger } from '../ports/logger.ts';
import { createAlarm } from './alarm.ts';
import type { Recorded } from './outbox.ts';

/**
 * What this process knows of its events from their commit until they are marked as published, so that
 * the outbox needn't be asked for them. Only memory: after a crash they are found in the outbox, and
 * at worst published twice, which every inbox ignores.
 */
export type OwnEvents = {
  /** Their numbers: nobody else here may take them. */
  readonly held: ReadonlySet<number>;
  readonly hasFresh: boolean;
  /** They have just been committed. */
  add(events: readonly Recorded[]): void;
  /** The next ones to publish, oldest first. */
  take(limit: number): readonly Recorded[];
  /** They have been published. Waits only when marking has fallen far behind. */
  published(events: readonly Numbered[]): Promise<void>;
  /** They could not be published, and stand in the outbox for a later attempt. */
  refused(events: readonly Numbered[]): void;
  /** Marks what is published; answers what has not been. */
  close(): Promise<readonly Numbered[]>;
};

export type Numbered = { readonly number: number };

type Mark = (events: readonly Numbered[]) => Promise<void>;

/** Marks when no more have come for a moment, and after some time even if they go on coming. */
const lullMs = 10;
const lingerMs = 250;
const retryMs = 1000;

/** A bound of memory: what is beyond waits in the outbox. */
const mostFresh = 5000;
const mostUnmarked = 5000;

export function createOwnEvents(mark: Mark, log: Logger): OwnEvents {
  return new Own(mark, log);
}

class Own implements OwnEvents {
  readonly held = new Set<number>();
  readonly #mark: Mark;
  readonly #log: Logger;
  /** Rung at the end: nothing is waited for any more. */
  readonly #closing = createAlarm();
  #isClosing = false;
  #fresh: Recorded[] = [];
  #unmarked: Numbered[] = [];
  #marking: Promise<void> | undefined;

  constructor(mark: Mark, log: Logger) {
    this.#mark = mark;
    this.#log = log;
  }

  get hasFresh(): boolean {
    return this.#fresh.length > 0;
  }

  add(events: readonly Recorded[]): void {
    if (this.#fresh.length + events.length > mostFresh) return;
    for (const event of events) {
      this.held.add(event.number);
      this.#fresh.push(event);
    }
  }

  take(limit: number): readonly Recorded[] {
    return this.#fresh.splice(0, limit);
  }

  async published(events: readonly Numbered[]): Promise<void> {
    for (const event of events) {
      this.held.add(event.number);
      this.#unmarked.push(event);
    }
    this.#marking ??= this.#markAll();
    if (this.#unmarked.length > mostUnmarked) await this.#marking;
  }

  refused(events: readonly Numbered[]): void {
    for (const { number } of events) this.held.delete(number);
  }

  async close(): Promise<readonly Numbered[]> {
    this.#isClosing = true;
    this.#closing.ring();
    await this.#marking;
    return this.take(mostFresh);
  }

  async #markAll(): Promise<void> {
    await this.#lull();
    while (this.#unmarked.length > 0) {
      const batch = this.#unmarked;
      this.#unmarked = [];
      try {
        await this.#mark(batch);
        for (const { number } of batch) this.held.delete(number);
      } catch (error) {
        this.#unmarked = [...batch, ...this.#unmarked];
        this.#log.warn({ err: error }, 'published events could not be marked as such');
        if (this.#isClosing) break;
        await this.#closing.wait(retryMs);
      }
    }
    // Here, and not a moment later: what is published then needs a marking of its own.
    this.#marking = undefined;
  }

  async #lull(): Promise<void> {
    const until = performance.now() + lingerMs;
    for (let seen = -1; seen < this.#unmarked.length && performance.now() < until; ) {
      seen = this.#unmarked.length;
      if (this.#isClosing) return;
      await this.#closing.wait(lullMs);
    }
  }
}
