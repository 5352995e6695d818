import { setTimeout as pause } from 'node:timers/promises';

import { killPoint } from '../kill-points.ts';
import type { StoreTx } from '../ports/store.ts';
import { SagaAlarms } from './saga-alarms.ts';
import type { AnySaga } from './saga-course.ts';
import type { Definitions } from './saga-definitions.ts';
import type { Pace, SagaGround } from './saga-ground.ts';
import { SagaRoom } from './saga-room.ts';
import {
  anyDue,
  claimDue,
  endDeadLeases,
  giveBackLeases,
  type Lease,
  retakeSaga,
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
  /** Those of them that were claimed once more meanwhile. */
  readonly #leasedAgain = new Set<string>();
  readonly #room: SagaRoom;
  readonly #alarms: SagaAlarms;
  readonly #noMore = new AbortController();
  readonly #breakOff = new AbortController();
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
    this.#room = new SagaRoom(ground.pace.concurrency, () => this.#led.size);
    this.#alarms = new SagaAlarms(ground.log, ground.onManual);
    this.#lease = { holder: ground.instance, ms: ground.pace.leaseMs };
    // A SQLite file has one process: whoever else holds a lease there is dead.
    this.#cleared = ground.store.dialect !== 'sqlite';
    this.#turns = {
      ...ground,
      lease: this.#lease,
      random: Math.random,
      breakOff: this.#breakOff.signal,
      // A little later than due by the database's clock, or the look would find nothing.
      onWait: (delayMs) => this.lookIn(delayMs + 2),
      onManual: (saga) => this.#alarms.raise(saga),
    };
  }

  start(): void {
    this.#running = true;
    this.lookIn(0);
  }

  sinceLookMs(): number {
    return performance.now() - this.#lastLookAt;
  }

  /**
   * A saga is born with a lease when it can run at once; without, it waits for the loop. There is room
   * for it until the transaction is over. Then `born` answers the saga, unless it was there already.
   */
  leaseForBirth(raw: StoreTx, born: () => Saga | undefined): Lease | undefined {
    if (!this.#running || this.#room.left <= 0) return undefined;
    const endPromise = () => this.#room.endPromise();
    raw.afterCommit(() => {
      endPromise();
      const saga = born();
      if (saga) this.lead(saga);
    }, endPromise);
    this.#room.promise();
    return this.#lease;
  }

  /**
   * Leads a saga that is leased to this engine, until it ends, waits, or is somebody else's. If this
   * engine leads it already, the new lease is looked at when that is over. It may have stood still and
   * claimed its own lapsed lease: then its present turn finds its writes void, reads the row again, and
   * goes on from there, and little is left to lead. Or the claim was committed together with the write
   * by which the present turn lets go of the saga: then nobody but who comes next knows of the lease.
   */
  lead(saga: Saga): void {
    if (!this.#running) return;
    const key = keyOf(saga);
    if (this.#led.has(key)) this.#leasedAgain.add(key);
    else this.#led.set(key, this.#leadAll(saga, key));
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

  /** No lease comes between the last look for one and the end: both are of one moment. */
  async #leadAll(first: Saga, key: string): Promise<void> {
    await this.#driveOrSay(first, () => this.#drive(first));
    while (this.#leasedAgain.delete(key)) {
      await this.#driveOrSay(first, async () => this.#drive(await this.#retake(first)));
    }
    this.#led.delete(key);
    if (this.#more && this.#room.isHalfEmpty) this.lookIn(0);
  }

  async #driveOrSay({ id, name }: SagaKey, drive: () => Promise<void>): Promise<void> {
    await drive().catch((err) => {
      this.#ground.log.error({ err, saga: name, id }, 'a saga is left to the recovery loop');
    });
  }

  /** From the row: who led it meanwhile may have moved it on since it was claimed, or ended it. */
  async #retake(saga: SagaKey): Promise<Saga | undefined> {
    if (this.#noMore.signal.aborted) return undefined;
    return await this.#ground.store.write((raw) => retakeSaga(raw, saga, this.#lease));
  }

  async #drive(first: Saga | undefined): Promise<void> {
    let saga = first;
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
    const { store, definitions } = this.#ground;
    const limit = Math.min(this.#room.left, claimBatch);
    this.#more = await anyDue(store.reader, definitions.known);
    if (!this.#more || limit <= 0) return;
    const sagas = await store.write((raw) => claimDue(raw, this.#lease, definitions.known, limit));
    killPoint('saga.after-claim');
    for (const saga of sagas) this.lead(saga);
    this.#more = sagas.length === limit;
    this.#lookAgain ||= this.#more && this.#room.left > 0;
  }

  async #census(): Promise<void> {
    if (performance.now() < this.#censusAt) return;
    this.#censusAt = performance.now() + censusEveryMs;
    await this.#alarms.look(this.#ground.store.reader, this.#ground.definitions);
  }
}

function keyOf({ id, name }: SagaKey): string {
  return `${id} ${name}`;
}
