import { setTimeout as pause } from 'node:timers/promises';

import { killPoint } from '../kill-points.ts';
import type { TraceContext } from '../ports/call-context.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { MakeContext, Write } from '../ports/work.ts';
import { beginStep } from '../telemetry/work-spans.ts';
import type { Progress, Retry } from './define-saga.ts';
import { type AnySaga, afterDone, afterLastTry, afterRefusal, type Course } from './saga-course.ts';
import { noted } from './saga-history.ts';
import { type Advance, advanceSaga, postponeSaga } from './saga-moves.ts';
import { isAnswer, reasonOf, Stopping, Superseded } from './saga-outcome.ts';
import { maxLapses, retryDelayMs, stepRetry, writeRetry } from './saga-retry.ts';
import { type Lease, renewLease, retakeSaga, type Saga } from './saga-rows.ts';
import { watched } from './saga-try.ts';
import { type SagaWork, withProgress, workAt } from './saga-work.ts';

export type TurnGround = {
  readonly module: string;
  readonly store: Store;
  readonly write: Write;
  readonly makeContext: MakeContext;
  readonly clock: Clock;
  readonly log: Logger;
  readonly telemetry?: Telemetry | undefined;
  readonly lease: Lease;
  readonly random: () => number;
  /** Aborted when the host can't wait any longer for the step that runs. */
  readonly breakOff: AbortSignal;
  /** The saga waits for its next try. */
  readonly onWait: (delayMs: number) => void;
  /** The saga waits for a person. */
  readonly onManual: (saga: Saga) => void;
};

/** Where fault tests end the process, by what is being done. */
const points = {
  step: { before: 'saga.before-step', between: 'saga.after-run', after: 'saga.after-commit' },
  undo: { before: 'saga.before-undo', between: 'saga.mid-undo', after: 'saga.after-undo' },
};

/** One try of one step, and what becomes of it. */
export class Turn {
  readonly #saga: Saga;
  readonly #definition: AnySaga;
  readonly #ground: TurnGround;
  #retry: Retry = stepRetry;

  constructor(saga: Saga, definition: AnySaga, ground: TurnGround) {
    this.#saga = saga;
    this.#definition = definition;
    this.#ground = ground;
  }

  /**
   * Answers the saga as it goes on, or `undefined` when this engine has nothing more to do with it
   * for now. Never throws: what memory can't settle, the row and the recovery loop do.
   */
  async take(): Promise<Saga | undefined> {
    const { telemetry, module } = this.#ground;
    const span = telemetry && beginStep(telemetry, module, this.#saga);
    try {
      const { id, lapses, trace } = this.#saga;
      const work = workAt(this.#definition, id, this.#saga);
      this.#retry = work.retry;
      if (lapses > maxLapses)
        throw new Error(`The process ended ${lapses} times during this step.`);
      const next = await this.#do(work, span?.trace ?? trace);
      span?.end();
      return next;
    } catch (error) {
      span?.end(error);
      if (error instanceof Stopping) return undefined;
      return await this.#insist(
        error instanceof Superseded ? this.#retake : () => this.#fail(error),
      );
    }
  }

  /** Runs the step, then commits its rows, its progress and the next place in one transaction. */
  async #do(
    { cause, run, commit, timeoutMs }: SagaWork,
    trace: TraceContext,
  ): Promise<Saga | undefined> {
    const { write, lease } = this.#ground;
    const saga = this.#saga;
    const point = saga.undo ? points.undo : points.step;
    killPoint(point.before);
    const progress = run && (await this.#run(run, { cause, timeoutMs, trace }));
    const ran = withProgress(saga.state, progress);
    killPoint(point.between);
    const next = await write(trace, async (tx, raw) => {
      const state = withProgress(ran, await commit?.(tx, JSON.parse(ran)));
      const to = afterDone(this.#definition, saga);
      // Last, so that every transaction with both locks business rows before the saga's.
      return await advanceSaga(raw, saga, { ...to, ...this.#note('done'), state }, lease);
    });
    killPoint(point.after);
    return this.#follow(next);
  }

  #run(
    run: NonNullable<SagaWork['run']>,
    { cause, timeoutMs, trace }: Pick<SagaWork, 'cause' | 'timeoutMs'> & { trace: TraceContext },
  ): Progress<object> {
    const { module, store, makeContext, lease, breakOff } = this.#ground;
    const { state } = this.#saga;
    const key = `saga:${module}.${cause}`;
    const renew = () => store.write((raw) => renewLease(raw, this.#saga, lease));
    return watched(
      (signal) =>
        run(makeContext({ key, timeoutMs, trace, signal }), JSON.parse(state), store.reader),
      { timeoutMs, renewEveryMs: lease.ms / 3, renew, breakOff },
    );
  }

  /** Writes what a failed try means: going back, waiting for the next one, or asking a person. */
  async #fail(error: unknown): Promise<Saga | undefined> {
    const { store, lease, random, onWait } = this.#ground;
    const saga = this.#saga;
    const to = this.#courseAfter(error);
    const note = this.#note(isAnswer(error) ? 'failed' : 'unknown', error);
    if (to) {
      const advance = { ...to, ...note, state: saga.state };
      const next = await store.write((raw) => advanceSaga(raw, saga, advance, lease));
      this.#report(error, to.status);
      return this.#follow(next);
    }
    const delayMs = retryDelayMs(this.#retry, saga.attempts, random);
    await store.write((raw) => postponeSaga(raw, saga, { ...note, delayMs }));
    this.#report(error, 'waiting');
    onWait(delayMs);
    return undefined;
  }

  /** Where the failure takes the saga; `undefined` when the step is to be tried again. */
  #courseAfter(error: unknown): Course | undefined {
    const saga = this.#saga;
    const back = isAnswer(error) && afterRefusal(this.#definition, saga, reasonOf(error));
    if (back) return back;
    const { attempts } = this.#retry;
    if (saga.attempts >= attempts) return afterLastTry(this.#definition, saga, reasonOf(error));
    if (saga.lapses <= maxLapses) return undefined;
    // A step that must have an answer is not given up on a guess.
    const unbounded = attempts === Number.POSITIVE_INFINITY && !saga.undo;
    return unbounded
      ? { ...saga, status: 'manual' }
      : afterLastTry(this.#definition, saga, reasonOf(error));
  }

  /** Tries a write again for as long as the lease lasts: the store may be back before it is over. */
  async #insist(write: () => Promise<Saga | undefined>): Promise<Saga | undefined> {
    const { lease, random, breakOff, log } = this.#ground;
    const overAt = performance.now() + lease.ms;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write();
      } catch (error) {
        if (error instanceof Superseded) return await this.#insist(this.#retake);
        if (performance.now() >= overAt || breakOff.aborted) {
          log.warn({ ...this.#facts, err: error }, 'a saga is left to the recovery loop');
          return undefined;
        }
        await pause(retryDelayMs(writeRetry, attempt, random));
      }
    }
  }

  /**
   * This engine's write was void. If the saga is still its own, then an earlier write of its had
   * committed without its knowing, and the row says where to go on.
   */
  readonly #retake = async (): Promise<Saga | undefined> => {
    const { store, lease, log } = this.#ground;
    const saga = await store.write((raw) => retakeSaga(raw, this.#saga, lease));
    if (!saga) log.info(this.#facts, 'a saga is led elsewhere');
    return saga;
  };

  #follow(next: Saga): Saga | undefined {
    if (next.status === 'manual') this.#ground.onManual(next);
    return next.status === 'running' || next.status === 'undoing' ? next : undefined;
  }

  #note(
    outcome: 'done' | 'failed' | 'unknown',
    error?: unknown,
  ): Pick<Advance, 'history' | 'problem'> {
    return noted(this.#saga, outcome, error, this.#ground.clock.now());
  }

  #report(error: unknown, then: string): void {
    const { log } = this.#ground;
    const facts = { ...this.#facts, attempts: this.#saga.attempts, then };
    if (isAnswer(error)) log.info({ ...facts, refusal: error.code }, 'a saga step was refused');
    else log.warn({ ...facts, err: error }, 'a saga step failed');
  }

  get #facts() {
    const { name, id, step, trace } = this.#saga;
    return { saga: name, id, step, trace: trace.traceId };
  }
}
