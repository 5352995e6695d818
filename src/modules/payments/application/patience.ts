import type { CallContext } from '#kernel/ports/call-context';
import type { Retry } from '#kernel/sagas/define-saga';

/**
 * Money in doubt is never given up: the provider is asked until it answers, after a moment at first
 * and every half minute in the end.
 */
export const untilAnswered: Retry = {
  attempts: Number.POSITIVE_INFINITY,
  firstDelayMs: 100,
  maxDelayMs: 30_000,
};

/** A pending charge may take days, and webhooks tell of most: asking is for those that get lost. */
export const untilSettled: Retry = {
  attempts: Number.POSITIVE_INFINITY,
  firstDelayMs: 250,
  maxDelayMs: 60_000,
};

/** Half the time of a saga step (10 s), so that there is time left to ask what became of it. */
const answerWithinMs = 5_000;

/** Aborts when the provider has been silent for too long, or when the work itself is stopped. */
export function answersWithin(ctx: CallContext): AbortSignal {
  return AbortSignal.any([ctx.signal, AbortSignal.timeout(answerWithinMs)]);
}

/**
 * A provider forgets keys, some after a day, and would move the money again: what has been in doubt
 * for this long is asked about before it is sent once more.
 */
export const freshMs = 10_000;
