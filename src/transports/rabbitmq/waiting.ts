import { setTimeout as delay } from 'node:timers/promises';

export type Backoff = { readonly firstDelayMs: number; readonly maxDelayMs: number };

/** How long to wait after the nth failure in a row (from 1): full jitter, so that hosts do not return together. */
export function fullJitter(failures: number, { firstDelayMs, maxDelayMs }: Backoff): number {
  return Math.ceil(Math.random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1)));
}

/** Waits; ends early, and without an error, when `signal` aborts. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** Throws when `work` has not ended in time. The work may still end: it must be harmless then. */
export function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`${what} took longer than ${timeoutMs} ms.`));
    const timer = setTimeout(late, timeoutMs).unref();
    void work.then(resolve, reject).then(() => clearTimeout(timer));
  });
}
