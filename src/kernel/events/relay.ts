import type { NewEvent } from '../contract.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventTransport } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store, StoreTx } from '../ports/store.ts';
import { createAlarm } from './alarm.ts';
import { type Backoff, rest } from './backoff.ts';
import { appendEvents, type EventCause } from './outbox.ts';
import { RelayRounds } from './relay-rounds.ts';
import { type OutboxLag, outboxLag } from './unpublished.ts';

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
  /** Between batches while the transport refuses them. */
  readonly outage: Backoff;
  /** Between attempts of one event. */
  readonly retry: Backoff;
  /** A publish that takes longer counts as failed; an instance that died holds events no longer. */
  readonly publishTimeoutMs: number;
};

const defaults: RelayPolicy = {
  pollMs: 1000,
  outage: { firstDelayMs: 50, maxDelayMs: 2000 },
  retry: { firstDelayMs: 200, maxDelayMs: 30_000 },
  publishTimeoutMs: 5000,
};

/** Between the leasing of events and their publishing. */
const beforePublishMs = 500;

/** Brings a module's committed events to the transport, at least once each, and drops none. */
export type Relay = {
  /** As `appendEvents`: what commits goes to the transport without being read again. */
  readonly append: (raw: StoreTx, events: readonly NewEvent[], cause: EventCause) => Promise<void>;
  start(): void;
  /** A hint that something has committed. */
  wake(): void;
  /** Ends between two batches. */
  stop(): Promise<void>;
  /** Events that are not published, and the age of the oldest in ms. */
  lag(): Promise<OutboxLag>;
};

export function createRelay(options: RelayOptions): Relay {
  const { store, clock } = options;
  const policy = { ...defaults, ...options.policy };
  const leaseMs = store.dialect === 'postgres' ? policy.publishTimeoutMs + beforePublishMs : 0;
  const stopping = new AbortController();
  const alarm = createAlarm();
  const rounds = new RelayRounds({ ...options, policy, leaseMs });
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { isMore, restMs } = await rounds.next();
      if (restMs > 0) await rest(restMs, stopping.signal);
      else if (!isMore) await alarm.wait(rounds.idleMs());
    }
  }

  return {
    async append(raw, events, cause) {
      const recorded = await appendEvents(raw, events, cause, leaseMs);
      raw.afterCommit(() => rounds.add(recorded));
    },
    start() {
      running ??= run();
    },
    wake() {
      rounds.expect();
      alarm.ring();
    },
    async stop() {
      stopping.abort();
      alarm.ring();
      await running;
      await rounds.close();
    },
    lag: () => outboxLag(store.reader, clock.now()),
  };
}
