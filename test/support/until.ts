import { setTimeout as pause } from 'node:timers/promises';

type Falsy = false | 0 | '' | null | undefined;

type UntilOptions = {
  /** How long to wait before giving up. */
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** What is waited for, as the error will say it: `the order to complete`. */
  readonly what?: string;
};

/**
 * Asks again and again until the answer is truthy, and returns that answer. A condition that throws
 * counts as "not yet". Throws when the time is over, with the last answer or error in the message.
 */
export async function until<Answer>(
  condition: () => Answer | Promise<Answer>,
  { timeoutMs = 10_000, everyMs = 10, what = 'a condition' }: UntilOptions = {},
): Promise<Exclude<Answer, Falsy>> {
  const overAt = performance.now() + timeoutMs;
  let last: Attempt<Answer> = { kind: 'unanswered' };
  do {
    const left = Math.max(0, overAt - performance.now());
    last = await Promise.race([attempt(condition), noAnswerIn<Answer>(left)]);
    if (last.kind === 'answer' && last.answer) return last.answer as Exclude<Answer, Falsy>;
    await pause(everyMs);
  } while (performance.now() < overAt);
  throw tooLate(what, timeoutMs, last);
}

type Attempt<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'unanswered' };

async function attempt<Answer>(
  condition: () => Answer | Promise<Answer>,
): Promise<Attempt<Answer>> {
  try {
    return { kind: 'answer', answer: await condition() };
  } catch (error) {
    return { kind: 'error', error };
  }
}

async function noAnswerIn<Answer>(ms: number): Promise<Attempt<Answer>> {
  await pause(ms, undefined, { ref: false });
  return { kind: 'unanswered' };
}

function tooLate(what: string, timeoutMs: number, last: Attempt<unknown>): Error {
  const waited = `Waited ${timeoutMs} ms for ${what}`;
  if (last.kind === 'unanswered') return new Error(`${waited}; it was still being asked for.`);
  if (last.kind === 'answer') return new Error(`${waited}; last answer: ${String(last.answer)}.`);
  return new Error(`${waited}; last error: ${String(last.error)}.`, { cause: last.error });
}
