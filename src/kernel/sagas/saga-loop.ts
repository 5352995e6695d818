import { setTimeout as pause } from 'node:timers/promises';

import { killPoint } from '../kill-points.ts';
import { takeCensus } from './saga-census.ts';
import type { AnySaga } from './saga-course.ts';
import type { Definitions } from './saga-definitions.ts';
import type { Pace, SagaGround } from './saga-ground.ts';
import {
  anyDue,
  claimDue,
  endDeadLeases,
  giveBackLeases,
  type Lease,
  type Saga,
  type SagaKey,
} from './saga-rows.ts';
import { Turn, type TurnGround } from './saga-turn.ts';

type LoopGround = Omit<SagaGround, 'definitions' | 'pace'> & {
  readonly definitions: Definitions;
  readonly pace: Pace;
};

/** Rows claimed in one transaction: few enough that it is short, many enough that 10,000 are no matter. */
const claimBatch = 32;

/** Between two looks for what only people can mend. */
const censusEveryMs = 60_000;

/** The sagas that this engine leads now, and the loop that finds more. */
export class SagaLoop {
  readonly #ground: LoopGround;
  readonly #lease: Lease;
  readonly #turns: TurnGround;
  /** By id and name: what runs in this process, so that nothing runs twice in it. */
  readonly #led = new Map<string, Promise<void>>();
  readonly #noMore = new AbortController();
  readonly #breakOff = new AbortController();
  readonly #alarmed = new Set<string>();
  #running = false;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  /** More was due than there was room for. */
  #more = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #lastLookAt = performance.now();
  #censusAt = 0;
  #cleared: boolean;

  constructor(ground: LoopGround) {
    this.#ground = ground;
    this.#lease = { holder: ground.instance, ms: ground.pace.leaseMs };
    // A SQLite file has one process: whoever else holds a lease there is dead.
    this.#cleared = ground.store.dialect !== 'sqlite';
    this.#turns = {
      ...ground,
      lease: this.#lease,
      random: Math.random,
      breakOff: this.#breakOff.signal,
      onWait: (delayMs) => this.lookIn(delayMs),
      onManual: (saga) => this.#alarm(saga),
    };
  }

  start(): void {
    this.#running = true;
    this.lookIn(0);
  }

  lastLookMs(): number {
    return performance.now() - this.#lastLookAt;
  }

  /** A saga is born with a lease when it can run at once; without, it waits for the loop. */
  leaseForBirth(): Lease | undefined {
    const free = this.#running && this.#led.size < this.#ground.pace.concurrency;
    return free ? this.#lease : undefined;
  }

  /**
   * Leads a saga that is leased to this engine, until it ends, waits, or is somebody else's. If this
   * engine leads it already (it stood still, and has claimed its own lapsed lease), its present turn
   * finds its writes void, reads the row again, and goes on from there.
   */
  lead(saga: Saga): void {
    const key = keyOf(saga);
    if (this.#led.has(key) || !this.#running) return;
    const led = this.#drive(saga)
      .catch((error) => {
        const facts = { err: error, saga: saga.name, id: saga.id };
        this.#ground.log.error(facts, 'a saga is left to the recovery loop');
      })
      .finally(() => {
        this.#led.delete(key);
        // Half of the room at once, so that a long queue costs few claims.
        if (this.#more && this.#led.size <= this.#ground.pace.concurrency / 2) this.lookIn(0);
      });
    this.#led.set(key, led);
  }

  lookFor(sagas: readonly SagaKey[]): void {
    if (sagas.some((saga) => !this.#led.has(keyOf(saga)))) this.lookIn(0);
  }

  /** Looks at the rows in so many milliseconds, or earlier. */
  lookIn(delayMs: number): void {
    if (!this.#running) return;
    const at = performance.now() + delayMs;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#lookNow(), delayMs);
  }

  async stop(graceMs: number): Promise<void> {
    this.#running = false;
    this.#noMore.abort();
    clearTimeout(this.#timer);
    await this.#looking;
    const ended = Promise.all(this.#led.values());
    const patience = new AbortController();
    const grace = pause(graceMs, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([ended, grace]);
    patience.abort();
    this.#breakOff.abort();
    await ended;
    const { store, instance, log } = this.#ground;
    await store
      .write((raw) => giveBackLeases(raw, instance))
      .catch((err) => log.warn({ err }, 'leases of sagas were not given back; they will run out'));
  }

  async #drive(first: Saga): Promise<void> {
    let saga: Saga | undefined = first;
    while (saga && !this.#noMore.signal.aborted) {
      const definition: AnySaga | undefined = this.#ground.definitions.find(saga);
      if (!definition) return;
      saga = await new Turn(saga, definition, this.#turns).take();
    }
  }

  #lookNow(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#lookAgain = false;
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      // Jitter, so that instances that started together do not look together.
      this.lookIn(this.#lookAgain ? 0 : this.#ground.pace.pollMs * (0.5 + Math.random()));
    });
  }

  async #look(): Promise<void> {
    const { log } = this.#ground;
    try {
      await this.#clearDeadLeases();
      await this.#claim();
      await this.#census();
      this.#lastLookAt = performance.now();
    } catch (error) {
      log.warn({ err: error }, 'looking for sagas failed');
    }
  }

  async #clearDeadLeases(): Promise<void> {
    if (this.#cleared) return;
    await this.#ground.store.write((raw) => endDeadLeases(raw, this.#lease.holder));
    this.#cleared = true;
  }

  async #claim(): Promise<void> {
    const { store, definitions, pace } = this.#ground;
    const limit = Math.min(pace.concurrency - this.#led.size, claimBatch);
    this.#more = await anyDue(store.reader, definitions.known);
    if (!this.#more || limit <= 0) return;
    const sagas = await store.write((raw) => claimDue(raw, this.#lease, definitions.known, limit));
    killPoint('saga.after-claim');
    for (const saga of sagas) this.lead(saga);
    this.#more = sagas.length === limit;
    this.#lookAgain ||= this.#more && this.#led.size < pace.concurrency;
  }

  async #census(): Promise<void> {
    if (performance.now() < this.#censusAt) return;
    this.#censusAt = performance.now() + censusEveryMs;
    const { manual, unknown } = await takeCensus(
      this.#ground.store.reader,
      this.#ground.definitions,
    );
    for (const saga of manual) this.#alarm(saga);
    for (const { name, version } of unknown) this.#warnOnce(name, version);
  }

  /** Once for each saga in this process: also for those that died before they could raise it. */
  #alarm(saga: Pick<Saga, 'id' | 'name' | 'step' | 'problem' | 'epoch'>): void {
    const { name, id, step, problem, epoch } = saga;
    if (!this.#isNews(`manual ${keyOf(saga)} ${epoch}`)) return;
    this.#ground.log.error({ saga: name, id, step, problem }, 'a saga needs a person');
    this.#ground.onManual?.({ id, name });
  }

  #warnOnce(name: string, version: number): void {
    if (!this.#isNews(`unknown ${name}@${version}`)) return;
    this.#ground.log.warn({ saga: name, version }, 'sagas of an unknown version are left alone');
  }

  #isNews(said: string): boolean {
    if (this.#alarmed.has(said)) return false;
    this.#alarmed.add(said);
    return true;
  }
}

function keyOf({ id, name }: SagaKey): string {
  return `${id} ${name}`;
}
