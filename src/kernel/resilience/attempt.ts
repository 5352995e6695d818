import { CallBroke, callFailures } from '../calls/call-failures.ts';
import { Failure } from '../failure.ts';
import type { Bytes } from '../ports/bytes.ts';
import type { CallContext, CallOptions } from '../ports/call-context.ts';
import type { Invoke } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * What an outcome says about the provider. `answered`: it did its work, whatever it answered.
 * `failed`: it could not be reached, or did not answer in time. `undecided`: nothing.
 */
export type Verdict = 'answered' | 'failed' | 'undecided';

/** One call on its way to its provider. Repeated, it is the same attempt again. */
export type Attempt = {
  /** `orders.getOrder` */
  readonly call: string;
  readonly invoke: Invoke;
  readonly ctx: CallContext;
  readonly input: unknown;
  readonly options: CallOptions | undefined;
  readonly bytes: Bytes | undefined;
  /** Always finite: milliseconds since the epoch. */
  readonly deadline: number;
  /** When it was last sent: milliseconds since the epoch. */
  sentAt: number;
};

/** The provider of this very call gave no answer. That one of its own providers did not is an answer. */
export function isUnreached(error: unknown, { call }: Pick<Attempt, 'call'>): boolean {
  return callFailures.providerUnavailable.is(error) && error.details.call === call;
}

export function verdictOn(error: unknown, attempt: Attempt, clock: Clock, fairMs: number): Verdict {
  if (isGone(attempt, clock)) return 'undecided';
  if (callFailures.deadlinePassed.is(error) && error.details.call === attempt.call) {
    return attempt.deadline - attempt.sentAt >= fairMs ? 'failed' : 'undecided';
  }
  if (isUnreached(error, attempt)) return 'failed';
  // Too much is under way: nobody was asked.
  if (callFailures.notAsked.is(error) && error.details.call === attempt.call) return 'undecided';
  // A bug behind the call is one call's misfortune: the provider was there.
  if (error instanceof Failure || error instanceof CallBroke) return 'answered';
  return 'failed';
}

/** Whoever asked has gone, before its time was over: its timer may end a moment before the clock says so. */
export function isGone({ ctx, deadline }: Attempt, clock: Clock): boolean {
  return ctx.signal.aborted && clock.now() + 1 < deadline;
}
