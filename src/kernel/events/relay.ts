import type { Clock } from '../ports/clock.ts';
import type { EventTransport } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { createAlarm } from './alarm.ts';
import { type Backoff, fullJitter, rest } from './backoff.ts';
import { createPublicationMarks } from './publication-marks.ts';
import { createPublish } from './publish.ts';
import {
  fewestFailures,
  markPublished,
  type OutboxLag,
  outboxLag,
  takeUnpublished,
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

/** Events a batch by how often they failed: the more often, the smaller, until each goes alone. */
const batchSizes: readonly [number, ...number[]] = [200, 50, 10];

/** Between the leasing of events and their publishing. */
const beforePublishMs = 500;

/** Brings a module's committed events to the transport, at least once each, and drops none. */
export type Relay = {
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
  const stopping = new AbortController();
  const alarm = createAlarm();
  const rounds = new Rounds(options);
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { isMore, restMs } = await rounds.next();
      if (restMs > 0) await rest(restMs, stopping.signal);
      else if (!isMore) await alarm.wait(rounds.idleMs());
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
      await rounds.close();
    },
    lag: () => outboxLag(store.reader, clock.now()),
  };
}

type Round = { readonly isMore: boolean; readonly restMs: number };

/** What became of a batch: `some` or `full` when it was published. */
type Sent = 'nothing' | 'some' | 'full' | 'refused';

function isSent(sent: Sent): boolean {
  return sent === 'some' || sent === 'full';
}

/**
 * Each round sends one batch of fresh events, and one of those that failed before and are due. So a
 * poison event holds up the batch that it came in once, and afterwards nobody but itself.
 */
class Rounds {
  readonly #options: RelayOptions;
  readonly #policy: RelayPolicy;
  readonly #marks;
  readonly #publish;
  /** Refusals in a row. */
  #refused = 0;
  /** When to look at events that failed before, by this process's own clock. */
  #failedAt = 0;

  constructor(options: RelayOptions) {
    const { store, clock, log } = options;
    this.#options = options;
    this.#policy = { ...defaults, ...options.policy };
    this.#marks = createPublicationMarks(
      (events) => store.write(({ sql }) => markPublished(sql, events, clock.now())),
      log,
    );
    this.#publish = createPublish({ ...options, ...this.#policy });
  }

  /** Never throws: what goes wrong is logged, and tried again in a later round. */
  async next(): Promise<Round> {
    try {
      const fresh = await this.#send(0);
      const failed = await this.#sendFailed();
      if (isSent(fresh) || isSent(failed)) this.#refused = 0;
      // A batch that was not full took all there was; what has come since has rung the alarm.
      const isMore = fresh === 'full' || isSent(failed);
      return { isMore, restMs: fresh === 'refused' ? this.#pause() : 0 };
    } catch (error) {
      const { log, source } = this.#options;
      log.warn({ err: error, source }, 'the outbox is out of order');
      return { isMore: true, restMs: this.#pause() };
    }
  }

  /** How long nothing is due, unless something is committed. */
  idleMs(): number {
    return Math.max(1, Math.min(this.#policy.pollMs, this.#failedAt - performance.now()));
  }

  close(): Promise<void> {
    return this.#marks.close();
  }

  async #sendFailed(): Promise<Sent> {
    if (performance.now() < this.#failedAt) return 'nothing';
    this.#failedAt = performance.now() + this.#policy.pollMs;
    const attempts = await fewestFailures(this.#options.store.reader);
    if (attempts === undefined) return 'nothing';
    const sent = await this.#send(attempts);
    if (isSent(sent)) this.#failedAt = 0;
    if (sent === 'refused') this.#failedAt = performance.now() + this.#pause();
    return sent;
  }

  /** Sends a batch of events with so many failed attempts. */
  async #send(attempts: number): Promise<Sent> {
    const limit = batchSizes[attempts] ?? 1;
    const events = await takeUnpublished(this.#options.store, {
      attempts,
      limit,
      held: this.#marks.held(),
      leaseMs: this.#policy.publishTimeoutMs + beforePublishMs,
    });
    if (events.length === 0) return 'nothing';
    const dueInMs = await this.#publish(events);
    if (dueInMs === undefined) {
      await this.#marks.add(events);
      return events.length === limit ? 'full' : 'some';
    }
    this.#failedAt = Math.min(this.#failedAt, performance.now() + dueInMs);
    return 'refused';
  }

  #pause(): number {
    this.#refused += 1;
    return fullJitter(this.#refused, this.#policy.outage);
  }
}
