import type { Clock } from '../ports/clock.ts';
import type { CloudEvent, EventTransport } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { fullJitter, within } from './backoff.ts';
import { type Lane, type LaneRow, moveLane, restLane } from './lane-rows.ts';

type Options = {
  readonly store: Store;
  readonly transport: EventTransport;
  readonly clock: Clock;
  readonly log: Logger;
  /** Stores events that were asked for, as if they had been brought. */
  readonly receive: (source: string, events: readonly CloudEvent[]) => Promise<void>;
};

/**
 * The lane's next event is missing: `head` is a later one. Answers `more` when it is worth looking
 * at the lane again at once, or in how many ms it will be.
 */
export type CloseGap = (lane: Lane, head: LaneRow) => Promise<'more' | number>;

/** What was published together may arrive out of order: so long we wait before we ask the owner. */
const patienceMs = 1000;
const firstLookMs = 20;

/** Events asked for at once. */
const askedAtOnce = 100;
const askTimeoutMs = 10_000;

/** Between questions to an owner that does not answer. */
const silence = { firstDelayMs: 500, maxDelayMs: 30_000 };

/** Questions at the same time. */
const mostQuestions = 4;

export function createCloseGap(options: Options): CloseGap {
  const { store, transport, clock, log, receive } = options;
  const owners = createOwners();

  return async (lane, head) => {
    const agedMs = clock.now() - head.received_at;
    // Looks at once, a little later, and later still, while the missing event is probably on its way.
    if (agedMs >= 0 && agedMs < patienceMs) {
      return Math.min(firstLookMs + agedMs, patienceMs - agedMs);
    }
    const turn = owners.take(lane.source);
    if (typeof turn === 'number') return restFor(lane, turn);
    const from = head.passed + 1;
    try {
      const asked = transport.history(lane.source).ofSubject(lane.subject, from, askedAtOnce);
      const events = await within(askTimeoutMs, 'Asking for missing events', asked);
      turn.answered();
      await receive(lane.source, events);
      await skipPruned(lane, head, events);
      return 'more';
    } catch (error) {
      log.warn({ err: error, ...lane, sequence: from }, 'missing events could not be had yet');
      return restFor(lane, turn.refused());
    } finally {
      turn.end();
    }
  };

  async function restFor(lane: Lane, delayMs: number): Promise<number> {
    await store.write(({ sql }) => restLane(sql, lane, delayMs));
    return delayMs;
  }

  /** What the owner has pruned nobody can have: the lane goes on with the first that there is. */
  async function skipPruned(lane: Lane, head: LaneRow, events: readonly CloudEvent[]) {
    const first = Math.min(events[0]?.sequence ?? head.sequence, head.sequence);
    if (first <= head.passed + 1) return;
    await store.write(({ sql }) => moveLane(sql, lane, head.passed, first - 1));
    log.warn(
      { ...lane, from: head.passed + 1, to: first - 1 },
      'events are gone from the outbox of their owner; going on without them',
    );
  }
}

type Turn = { answered(): void; refused(): number; end(): void };

/** Spares owners that do not answer, and all of them too many questions at once. */
function createOwners() {
  const silent = new Map<string, { failures: number; until: number }>();
  let questions = 0;

  /** A turn to ask, or in how many ms to try again. */
  function take(source: string): Turn | number {
    const restMs = (silent.get(source)?.until ?? 0) - performance.now();
    if (restMs > 0) return Math.ceil(restMs);
    if (questions >= mostQuestions) return fullJitter(1, silence);
    questions += 1;
    return {
      answered: () => silent.delete(source),
      refused() {
        const failures = (silent.get(source)?.failures ?? 0) + 1;
        const delayMs = fullJitter(failures, silence);
        silent.set(source, { failures, until: performance.now() + delayMs });
        return delayMs;
      },
      end() {
        questions -= 1;
      },
    };
  }
  return { take };
}
