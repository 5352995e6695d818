import { setTimeout as delay } from 'node:timers/promises';

export type Backoff = { readonly firstDelayMs: number; readonly maxDelayMs: number };

/** How long to wait after the nth failure in a row (from 1): full jitter up to a ceiling that doubles. */
export function fullJitter(failures: number, { firstDelayMs, maxDelayMs }: Backoff): number {
  const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
  return Math.ceil(Math.random() * ceiling);
}

/** Waits; ends early, and without an error, when `signal` aborts. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** Throws when `work` has not ended in time. The work may still end: it must be harmless then. */
export function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`${what} took longer than ${timeoutMs} ms.`));
    const timer = setTimeout(late, timeoutMs);
    void work.then(resolve, reject).then(() => clearTimeout(timer));
  });
}
