import type { Clock } from '../ports/clock.ts';
import type { EventTransport } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { createAlarm } from './alarm.ts';
import { fullJitter, rest, within } from './backoff.ts';
import { createPublicationMarks } from './publication-marks.ts';
import {
  countFailures,
  fewestFailures,
  markPublished,
  type OutboxLag,
  outboxLag,
  takeUnpublished,
  type Unpublished,
} from './unpublished.ts';

export type RelayOptions = {
  readonly store: Store;
  /** The contract whose events the store's outbox holds. */
  readonly source: string;
  readonly transport: EventTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly policy?: Partial<RelayPolicy>;
};

export type RelayPolicy = {
  /** Looks this often even when nobody woke it: another instance may have died with its events. */
  readonly pollMs: number;
  /** Between batches while the transport refuses all. */
  readonly outage: { readonly firstDelayMs: number; readonly maxDelayMs: number };
  /** Between attempts of one event. */
  readonly retry: { readonly firstDelayMs: number; readonly maxDelayMs: number };
  /** A publish that takes longer counts as failed. */
  readonly publishTimeoutMs: number;
};

const defaults: RelayPolicy = {
  pollMs: 1000,
  outage: { firstDelayMs: 50, maxDelayMs: 2000 },
  retry: { firstDelayMs: 200, maxDelayMs: 30_000 },
  publishTimeoutMs: 15_000,
};

/** Events a batch by how often they failed: the more often, the smaller, until each goes alone. */
const batchSizes = [200, 50, 10, 1];

/** From this attempt on, an event that goes alone is reported as an error: a person should look. */
const alarmingAttempts = 8;

/** Brings a module's committed events to the transport, at least once each, and drops none. */
export type Relay = {
  start(): void;
  /** A hint that something has committed. */
  wake(): void;
  /** Ends between two batches. */
  stop(): Promise<void>;
  lag(): Promise<OutboxLag>;
};

export function createRelay(options: RelayOptions): Relay {
  const { store, clock, log } = options;
  const stopping = new AbortController();
  const alarm = createAlarm();
  const marks = createPublicationMarks(
    (events) => store.write(({ sql }) => markPublished(sql, events, clock.now())),
    log,
  );
  const rounds = createRounds(options, marks);
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { found, restMs } = await rounds.next();
      if (restMs > 0) await rest(restMs, stopping.signal);
      else if (!found) await alarm.wait(rounds.idleMs());
    }
  }

  return {
    start() {
      running ??= run();
    },
    wake: () => alarm.ring(),
    async stop() {
      stopping.abort();
      alarm.ring();
      await running;
      await marks.close();
    },
    lag: () => outboxLag(store.reader, clock.now()),
  };
}

type Round = { readonly found: boolean; readonly restMs: number };

/**
 * Each round sends one batch of fresh events, and one of those that failed before and are due. A
 * poison event so holds up its batch once, and afterwards nobody but itself.
 */
function createRounds(options: RelayOptions, marks: ReturnType<typeof createPublicationMarks>) {
  const { store, source, transport, log } = options;
  const { pollMs, outage, retry, publishTimeoutMs } = { ...defaults, ...options.policy };
  const fresh = { failures: 0 };
  const failed = { failures: 0, lookAt: 0 };

  async function publish(events: readonly Unpublished[]): Promise<boolean> {
    try {
      const batch = events.map(({ event }) => event);
      await within(publishTimeoutMs, 'Publishing', transport.publish(source, batch));
    } catch (error) {
      report(error, events);
      await countAsFailed(events);
      return false;
    }
    await marks.add(events);
    return true;
  }

  async function countAsFailed(events: readonly Unpublished[]): Promise<void> {
    const delays = events.map(({ number, attempts }) => ({
      number,
      delayMs: fullJitter(attempts + 1, retry),
    }));
    const soonest = Math.min(...delays.map(({ delayMs }) => delayMs));
    failed.lookAt = Math.min(failed.lookAt, performance.now() + soonest);
    await store.write(({ sql }) => countFailures(sql, delays));
  }

  function report(error: unknown, events: readonly Unpublished[]): void {
    const [{ attempts = 0, event } = {}] = events;
    const facts = { err: error, source, events: events.length, attempts: attempts + 1 };
    if (events.length === 1 && attempts + 1 >= alarmingAttempts) {
      log.error({ ...facts, eventId: event?.id }, 'an event cannot be published');
    } else {
      log.warn(facts, 'events could not be published; they will be tried again');
    }
  }

  async function sendFresh(): Promise<Round> {
    const events = await takeUnpublished(store, 0, batchSizes[0] as number, marks.held);
    if (events.length === 0) return { found: false, restMs: 0 };
    fresh.failures = (await publish(events)) ? 0 : fresh.failures + 1;
    return { found: true, restMs: fresh.failures && fullJitter(fresh.failures, outage) };
  }

  async function sendFailed(): Promise<boolean> {
    if (performance.now() < failed.lookAt) return false;
    failed.lookAt = performance.now() + pollMs;
    const attempts = await fewestFailures(store.reader);
    if (attempts === undefined) return false;
    const size = batchSizes[attempts] ?? 1;
    const events = await takeUnpublished(store, attempts, size, marks.held);
    if (events.length === 0) return false;
    failed.failures = (await publish(events)) ? 0 : failed.failures + 1;
    failed.lookAt = performance.now() + (failed.failures && fullJitter(failed.failures, outage));
    return true;
  }

  return {
    /** How long nothing is due, unless something is committed. */
    idleMs: () => Math.max(1, Math.min(pollMs, failed.lookAt - performance.now())),

    /** Never throws: what goes wrong is logged, and tried again in the next round. */
    async next(): Promise<Round> {
      try {
        const round = await sendFresh();
        const more = await sendFailed();
        return { found: round.found || more, restMs: round.restMs };
      } catch (error) {
        log.warn({ err: error, source }, 'the outbox could not be read');
        fresh.failures += 1;
        return { found: false, restMs: fullJitter(fresh.failures, outage) };
      }
    },
  };
}
