import type { Clock } from '../ports/clock.ts';
import type { EventTransport } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Backoff } from './backoff.ts';

export type RelayOptions = {
  readonly store: Store;
  /** The contract whose events the store's outbox holds. */
  readonly source: string;
  readonly transport: EventTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly policy?: Partial<RelayPolicy>;
  /** Records a span for each event that leaves. */
  readonly telemetry?: Telemetry | undefined;
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

export const relayDefaults: RelayPolicy = {
  pollMs: 1000,
  outage: { firstDelayMs: 50, maxDelayMs: 2000 },
  retry: { firstDelayMs: 200, maxDelayMs: 30_000 },
  publishTimeoutMs: 5000,
};
