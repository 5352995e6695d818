import type { NewEvent } from '../contract.ts';
import type { StoreTx } from '../ports/store.ts';
import { createAlarm } from './alarm.ts';
import { rest } from './backoff.ts';
import { appendEvents, type EventCause } from './outbox.ts';
import { type RelayOptions, relayDefaults } from './relay-policy.ts';
import { RelayRounds } from './relay-rounds.ts';
import { type OutboxLag, outboxLag } from './unpublished.ts';

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
  /** Milliseconds since it last looked through the outbox with success. */
  sinceLookMs(): number;
};

export function createRelay(options: RelayOptions): Relay {
  const { store, clock } = options;
  const policy = { ...relayDefaults, ...options.policy };
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
    sinceLookMs: () => rounds.sinceLookMs(),
  };
}
