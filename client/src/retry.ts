const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Worth another try: too many at the moment, or nobody there to answer. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Milliseconds until the next try, or undefined when the answer stands. Full jitter: clients that
 * failed together do not come back together. `Retry-After` is the shop's own word for it.
 */
export function pauseFor(response: Response | undefined, tried: number): number | undefined {
  if (response && !passing.has(response.status)) return undefined;
  const jittered = Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** tried);
  const told = Number(response?.headers.get('retry-after') ?? 0) * 1000;
  return Math.min(longestPauseMs, Math.max(told, jittered));
}

export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
