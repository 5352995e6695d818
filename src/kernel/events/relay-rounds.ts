import type { CloudEvent } from '../ports/event-transport.ts';
import { fullJitter } from './backoff.ts';
import type { Recorded } from './outbox.ts';
import { createOwnEvents, type OwnEvents } from './own-events.ts';
import { placePublished } from './places.ts';
import { createPublish, type Publish } from './publish.ts';
import type { RelayOptions, RelayPolicy } from './relay-policy.ts';
import {
  fewestFailures,
  giveBack,
  hasten,
  takeUnpublished,
  type Unpublished,
} from './unpublished.ts';

type Options = RelayOptions & {
  readonly policy: RelayPolicy;
  /** So long nobody else takes what this instance has taken; 0 where it is alone. */
  readonly leaseMs: number;
};

type Round = { readonly isMore: boolean; readonly restMs: number };

/** What became of a batch: `some` or `full` when it was published, `partly` when not to everybody. */
type Sent = 'nothing' | 'some' | 'full' | 'partly' | 'refused';

/** Events a batch by how often they failed: the more often, the smaller, until each goes alone. */
const batchSizes: readonly [number, ...number[]] = [200, 50, 10];

/** So many refusals in a row, of whatever was tried, tell of the transport and not of the events. */
const refusalsOfAnOutage = 3;

/**
 * Each round sends a batch of what this process has just committed, one that others have left in the
 * outbox, and one of those that failed before and are due. So a poison event holds up the batch that
 * it came in once, and afterwards nobody but itself. So does one that a subscriber could not store,
 * while the others go on hearing. An outage makes all look like poison: when it is
 * over, they need not wait any longer, and go in batches that grow for as long as none is refused.
 */
export class RelayRounds {
  readonly #options: Options;
  readonly #own: OwnEvents;
  readonly #publish: Publish;
  /** Refusals in a row. */
  #refused = 0;
  /** After an outage: as many of the events that failed may go together. 0 when all of them have gone. */
  #recovering = 0;
  /** When to look into the outbox for fresh events and for failed ones, on the process's own clock. */
  #freshAt = 0;
  #failedAt = 0;
  /** When the outbox was last looked through for fresh events, whatever became of those. */
  #lookedAt = performance.now();

  constructor(options: Options) {
    const { store, clock, log } = options;
    this.#options = options;
    this.#own = createOwnEvents(
      (events) => store.write(({ sql }) => placePublished(sql, events, clock.now())),
      log,
    );
    this.#publish = createPublish({ ...options, ...options.policy });
  }

  /** Takes over what this process has committed. */
  add(recorded: readonly Recorded[]): void {
    this.#own.add(recorded);
  }

  /** Somebody has committed: if it isn't known by now, the outbox must be asked. */
  expect(): void {
    if (!this.#own.hasFresh) this.#freshAt = 0;
  }

  /** Never throws: what goes wrong is logged, and tried again in a later round. */
  async next(): Promise<Round> {
    try {
      const sent = [await this.#sendOwn(), await this.#sendFresh(), await this.#sendFailed()];
      if (sent.some(isSent)) await this.#accepted();
      const [own, fresh, failed] = sent;
      const isRefused = own === 'refused' || fresh === 'refused';
      const isMore = this.#own.hasFresh || fresh === 'full' || fresh === 'partly' || isSent(failed);
      return { isMore, restMs: isRefused ? this.#pause() : 0 };
    } catch (error) {
      const { log, source } = this.#options;
      log.warn({ err: error, source }, 'the outbox is out of order');
      return { isMore: true, restMs: this.#pause() };
    }
  }

  /** How long nothing is due, unless something is committed. */
  idleMs(): number {
    return Math.max(1, Math.min(this.#freshAt, this.#failedAt) - performance.now());
  }

  sinceLookMs(): number {
    return performance.now() - this.#lookedAt;
  }

  /** Marks what is published and gives back what is not; a failure to do so delays, and no more. */
  async close(): Promise<void> {
    const { store, leaseMs, log, source } = this.#options;
    const left = await this.#own.close();
    if (left.length === 0 || leaseMs === 0) return;
    await store
      .write(({ sql }) => giveBack(sql, left))
      .catch((error) => log.warn({ err: error, source }, 'leased events could not be given back'));
  }

  async #sendOwn(): Promise<Sent> {
    const limit = batchSizes[0];
    const events = this.#own.take(limit);
    return this.#send(events.map(toUnpublished), limit);
  }

  async #sendFresh(): Promise<Sent> {
    if (performance.now() < this.#freshAt) return 'nothing';
    this.#freshAt = performance.now() + this.#options.policy.pollMs;
    const sent = await this.#takeAndSend(0);
    this.#lookedAt = performance.now();
    if (sent === 'full' || sent === 'partly') this.#freshAt = 0;
    return sent;
  }

  async #sendFailed(): Promise<Sent> {
    if (performance.now() < this.#failedAt) return 'nothing';
    this.#failedAt = performance.now() + this.#options.policy.pollMs;
    const attempts = await fewestFailures(this.#options.store.reader);
    if (attempts === undefined) {
      this.#recovering = 0;
      return 'nothing';
    }
    const sent = await this.#takeAndSend(attempts);
    if (isSent(sent)) {
      this.#failedAt = 0;
      this.#recovering = Math.min(this.#recovering * 2, batchSizes[0]);
    }
    if (sent === 'refused' || sent === 'partly') {
      this.#failedAt = performance.now() + this.#pause();
      this.#recovering = Math.min(this.#recovering, 1);
    }
    return sent;
  }

  async #takeAndSend(attempts: number): Promise<Sent> {
    const { store, leaseMs } = this.#options;
    const limit = Math.max(batchSizes[attempts] ?? 1, attempts === 0 ? 0 : this.#recovering);
    const { held } = this.#own;
    const events = await takeUnpublished(store, { attempts, limit, held, leaseMs });
    return this.#send(events, limit);
  }

  async #send(events: readonly Unpublished[], limit: number): Promise<Sent> {
    if (events.length === 0) return 'nothing';
    const isOutage = this.#refused >= refusalsOfAnOutage;
    const refusal = await this.#publish(events, isOutage).catch((error) => {
      this.#own.refused(events);
      throw error;
    });
    if (refusal === undefined) {
      await this.#own.published(events);
      return events.length === limit ? 'full' : 'some';
    }
    this.#own.refused(events);
    this.#failedAt = Math.min(this.#failedAt, performance.now() + refusal.dueInMs);
    if (!refusal.isPartly) return 'refused';
    this.#refused += 1;
    return 'partly';
  }

  /** The transport takes events. If it did not for a while, all that failed meanwhile are due at once. */
  async #accepted(): Promise<void> {
    const wasOut = this.#refused >= refusalsOfAnOutage;
    this.#refused = 0;
    if (!wasOut) return;
    this.#recovering = Math.max(this.#recovering, 2);
    this.#failedAt = 0;
    await this.#options.store.write(({ sql }) => hasten(sql));
  }

  #pause(): number {
    this.#refused += 1;
    return fullJitter(this.#refused, this.#options.policy.outage);
  }
}

function isSent(sent: Sent | undefined): boolean {
  return sent === 'some' || sent === 'full';
}

/** From its text, as its subscribers would get it from anywhere: nobody shares its data. */
function toUnpublished({ number, event }: Recorded): Unpublished {
  return { number, attempts: 0, event: JSON.parse(event) as CloudEvent };
}
