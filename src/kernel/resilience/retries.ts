import { setTimeout as pause } from 'node:timers/promises';
import pRetry, { AbortError } from 'p-retry';

import { callFailures } from '../calls/call-failures.ts';
import { fullJitter } from '../events/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import { type Attempt, isUnreached } from './attempt.ts';
import { CircuitOpen } from './breaker.ts';
import type { EdgePolicy } from './edge-policy.ts';
import type { RetryBudget } from './retry-budget.ts';

export type RetryGround = {
  readonly policy: EdgePolicy;
  readonly budget: RetryBudget;
  readonly clock: Clock;
  readonly random: () => number;
  /** Sends it once more. */
  readonly send: (attempt: Attempt) => Promise<unknown>;
  readonly counted: () => void;
};

/**
 * Sends an attempt again that never reached its provider, for as long as its caller waits, the budget
 * of the module lasts and the circuit lets it through. Throws the last failure.
 *
 * p-retry counts, and watches time and signal. It does not wait: its random delays lie between one
 * and two times the delay, and at its maximum not even that, so what failed together would come
 * back together. The pause is full jitter, or what the provider asked for if that is longer.
 */
export async function retryFrom(
  first: unknown,
  attempt: Attempt,
  ground: RetryGround,
): Promise<unknown> {
  const { policy, budget, clock, random, send, counted } = ground;
  const { signal } = attempt.ctx;
  let last = first;
  const again = async (number: number) => {
    if (number === 1) throw first;
    try {
      return await send(attempt);
    } catch (error) {
      // It was not asked this time, but it was before: that may have happened, and is what counts.
      if (error instanceof CircuitOpen) throw new AbortError(last as Error);
      last = error;
      throw error;
    }
  };
  try {
    return await pRetry(again, {
      retries: policy.mostRetries,
      minTimeout: 0,
      maxTimeout: policy.retry.maxDelayMs,
      maxRetryTime: Math.max(0, attempt.deadline - clock.now()),
      signal,
      async shouldRetry({ error, retriesConsumed }) {
        if (!isUnreached(error, attempt)) return false;
        const jitterMs = fullJitter(retriesConsumed + 1, policy.retry, random);
        const pauseMs = Math.max(jitterMs, retryAfterMs(error));
        if (clock.now() + pauseMs >= attempt.deadline || !budget.spend()) return false;
        counted();
        await pause(pauseMs, undefined, { signal });
        return true;
      },
    });
  } catch (error) {
    // An abort says only that it was one. Whoever waited is told what became of the call.
    if (!signal.aborted || error === last) throw error;
    throw clock.now() >= attempt.deadline
      ? callFailures.deadlinePassed({ call: attempt.call })
      : last;
  }
}

/** What the refusal asks to wait, in its details: `retryAfter`, in seconds. */
function retryAfterMs(error: unknown): number {
  const { retryAfter } = (error as { details?: { retryAfter?: unknown } }).details ?? {};
  return typeof retryAfter === 'number' && retryAfter > 0 ? retryAfter * 1_000 : 0;
}
