/** Failed logins of one account since the first of them. */
export type FailedLogins = { readonly count: number; readonly since: number };

/** Enough for a forgetful owner, hopeless for a guesser: 960 guesses a day. */
export const mostFailures = 10;
export const windowMs = 15 * 60_000;

/** Seconds until the account may be tried again; undefined when it may be tried now. */
export function lockedForSeconds(
  failed: FailedLogins | undefined,
  now: number,
): number | undefined {
  if (!failed || failed.count < mostFailures || isOver(failed, now)) return undefined;
  return Math.max(1, Math.ceil((failed.since + windowMs - now) / 1000));
}

/** One more try, taken for a failure until it has succeeded: tries at the same time count too. */
export function oneMore(failed: FailedLogins | undefined, now: number): FailedLogins {
  if (!failed || isOver(failed, now)) return { count: 1, since: now };
  return { count: failed.count + 1, since: failed.since };
}

/** Takes back one try that came to no answer. */
export function oneLess(failed: FailedLogins): FailedLogins {
  return { ...failed, count: Math.max(0, failed.count - 1) };
}

function isOver({ since }: FailedLogins, now: number): boolean {
  return now >= since + windowMs;
}
