import { Stopping, Superseded } from './saga-outcome.ts';

type Watch = {
  readonly timeoutMs: number;
  readonly renewEveryMs: number;
  /** Holds on to the saga; false when it was lost. */
  readonly renew: () => Promise<boolean>;
  /** Aborted when the host can't wait any longer. */
  readonly breakOff: AbortSignal;
};

/**
 * Runs a step outside any transaction, for as long as it has time and the saga is ours. Throws what it
 * throws, or `TimeoutError`, `Superseded` or `Stopping`; then `signal` is aborted, and what a deaf
 * step still does is no longer waited for.
 */
export async function watched<T>(
  run: (signal: AbortSignal) => Promise<T> | T,
  { timeoutMs, renewEveryMs, renew, breakOff }: Watch,
): Promise<T> {
  const over = new AbortController();
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => undefined);
  over.signal.addEventListener('abort', () => reject(over.signal.reason), { once: true });
  const end = (reason: Error) => over.abort(reason);
  const stopped = () => end(new Stopping());
  const late = setTimeout(() => end(timeout(timeoutMs)), timeoutMs);
  const renewal = setInterval(() => {
    // A store that is down now may be up before the lease is over; the epoch decides in the end.
    renew().then(
      (held) => held || end(new Superseded()),
      () => undefined,
    );
  }, renewEveryMs);
  breakOff.addEventListener('abort', stopped, { once: true });
  try {
    if (breakOff.aborted) throw new Stopping();
    return await Promise.race([run(over.signal), broken]);
  } finally {
    clearTimeout(late);
    clearInterval(renewal);
    breakOff.removeEventListener('abort', stopped);
  }
}

function timeout(timeoutMs: number): Error {
  return new DOMException(`No answer within ${timeoutMs} ms.`, 'TimeoutError');
}
