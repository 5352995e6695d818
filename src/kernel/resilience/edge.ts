import { callFailures } from '../calls/call-failures.ts';
import type { Download } from '../ports/bytes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { type Attempt, isGone, isUnreached, type Verdict, verdictOn } from './attempt.ts';
import { type Breaker, CircuitOpen, createBreaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import { bounded, createDeadlines, type Deadlines } from './deadlines.ts';
import type { EdgeCounters, EdgeSurvey } from './edge-metrics.ts';
import type { EdgePolicy } from './edge-policy.ts';
import { guardedStream } from './guarded-stream.ts';
import { retryFrom } from './retries.ts';
import { RetryBudget } from './retry-budget.ts';
import { watchedFlow } from './watched-flow.ts';

export type EdgeGround = {
  readonly policy: EdgePolicy;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly counters: EdgeCounters;
  readonly log: Logger;
};

/** All that this host sends to one remote module: room outside, then retries, then the circuit. */
export class Edge {
  readonly #module: string;
  readonly #ground: EdgeGround;
  readonly #deadlines: Deadlines;
  readonly #calls: Bulkhead;
  readonly #bytes: Bulkhead;
  readonly #streams: Bulkhead;
  readonly #budget: RetryBudget;
  readonly #breaker: Breaker<Attempt>;

  constructor(module: string, ground: EdgeGround) {
    const { policy, clock, random, log } = ground;
    const deadlines = createDeadlines(clock);
    this.#module = module;
    this.#ground = ground;
    this.#deadlines = deadlines;
    this.#calls = new Bulkhead(policy.calls, deadlines);
    this.#bytes = new Bulkhead(policy.bytes, deadlines);
    this.#streams = new Bulkhead(policy.streams, deadlines);
    this.#budget = new RetryBudget(policy);
    this.#breaker = createBreaker<Attempt>({
      ...{ name: module, policy, random },
      start: (attempt) => this.#send(attempt),
      verdictOn: (error, attempt) => this.#verdictOn(error, attempt),
      asProbe: (late, answer) =>
        bounded(deadlines, clock.now() + policy.probeTimeoutMs, () => late, answer),
      changed: (circuit) => log.warn({ module, circuit }, 'the circuit to a module has changed'),
    });
  }

  /** `repeatable`: repeating it is harmless, so it is tried again when nobody answered. */
  call(attempt: Attempt, repeatable: boolean): Promise<unknown> {
    return this.#ask(this.#calls, attempt, repeatable);
  }

  upload(attempt: Attempt): Promise<unknown> {
    return this.#ask(this.#bytes, attempt, false);
  }

  /** Keeps its place until the bytes have flowed, or nobody reads them and its time is over. */
  async download(attempt: Attempt): Promise<Download<unknown>> {
    if (!this.#bytes.enter()) await this.#waitIn(this.#bytes, attempt);
    const leave = this.#bytes.placeUntil(attempt.deadline);
    try {
      const { head, bytes } = (await this.#breaker.run(attempt)) as Download<unknown>;
      if (!bytes) leave();
      return { head, bytes: bytes && watchedFlow(() => bytes, { ended: leave }) };
    } catch (error) {
      leave();
      throw this.#shown(error, attempt);
    }
  }

  stream(attempt: Attempt): AsyncIterable<unknown> {
    return guardedStream(attempt, {
      room: this.#streams,
      breaker: this.#breaker,
      deadlines: this.#deadlines,
      verdictOn: (error) => this.#verdictOn(error, attempt),
      refused: (why) => this.#refused(attempt.call, why),
    });
  }

  survey(): EdgeSurvey {
    const rooms = [this.#calls, this.#bytes, this.#streams];
    return {
      module: this.#module,
      circuit: this.#breaker.state(),
      inFlight: rooms.reduce((sum, { inFlight }) => sum + inFlight, 0),
      waiting: rooms.reduce((sum, { waiting }) => sum + waiting, 0),
      retriesLeft: this.#budget.left,
    };
  }

  close(): void {
    this.#breaker.close();
    this.#deadlines.close();
  }

  async #ask(room: Bulkhead, attempt: Attempt, repeatable: boolean): Promise<unknown> {
    if (!room.enter()) await this.#waitIn(room, attempt);
    try {
      const answer = await this.#breaker.run(attempt);
      this.#budget.earn();
      return answer;
    } catch (error) {
      const shown = this.#shown(error, attempt);
      const mayRepeat = repeatable && isUnreached(shown, attempt);
      if (!mayRepeat || isGone(attempt, this.#ground.clock)) throw shown;
      return await this.#repeat(shown, attempt);
    } finally {
      room.leave();
    }
  }

  #repeat(first: unknown, attempt: Attempt): Promise<unknown> {
    const { policy, clock, random, counters } = this.#ground;
    const send = (again: Attempt) => this.#breaker.run(again);
    const { retry: counted } = counters;
    return retryFrom(first, attempt, {
      ...{ policy, clock, random, counted, send, budget: this.#budget },
    });
  }

  /** Ends at its deadline even if the transport does not. */
  #send(attempt: Attempt): Promise<unknown> {
    const { clock } = this.#ground;
    attempt.sentAt = clock.now();
    const { invoke, ctx, input, options, bytes, call, deadline } = attempt;
    const late = () => callFailures.deadlinePassed({ call });
    try {
      const answer = invoke(ctx, input, options, bytes) as Promise<unknown>;
      return bounded(this.#deadlines, deadline, late, answer);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #waitIn(room: Bulkhead, { ctx, deadline, call }: Attempt): Promise<void> {
    const why = await room.wait({ deadline, signal: ctx.signal });
    if (why !== undefined) throw this.#refused(call, 'full');
  }

  /** The error as the caller gets it. An answer earns a share of a retry, even when it is a refusal. */
  #shown(error: unknown, attempt: Attempt): unknown {
    if (error instanceof CircuitOpen) return this.#refused(attempt.call, 'open');
    if (this.#verdictOn(error, attempt) === 'answered') this.#budget.earn();
    return error;
  }

  #verdictOn(error: unknown, attempt: Attempt): Verdict {
    const { clock, policy } = this.#ground;
    return verdictOn(error, attempt, clock, policy.fairMs);
  }

  #refused(call: string, why: 'full' | 'open'): Error {
    const { counters, policy } = this.#ground;
    counters.notAsked(why);
    const retryAfter = why === 'open' ? Math.ceil(policy.openMs / 1_000) : 1;
    return callFailures.notAsked({ call, why: reasons[why], retryAfter });
  }
}

const reasons = {
  full: 'Too many calls to it are on their way or wait.',
  open: 'It has not been answering; it is tried again soon.',
} as const;
