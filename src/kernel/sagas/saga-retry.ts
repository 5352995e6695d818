import type { Retry } from './define-saga.ts';

/**
 * Eight tries, about 13 s of waiting in all on average: enough to outlast a restart or a failover of
 * whoever is asked, short enough that a customer who waits still gets an answer.
 */
export const stepRetry: Retry = { attempts: 8, firstDelayMs: 200, maxDelayMs: 30_000 };

/**
 * An undo has nowhere else to go, so it is tried for about twenty minutes, at most once in half a
 * minute on average, before a person is asked.
 */
export const undoRetry: Retry = { attempts: 50, firstDelayMs: 200, maxDelayMs: 60_000 };

/** As long as a call may take before nobody waits for it any more. */
export const stepTimeoutMs = 10_000;

/**
 * A crash says nothing about the step that it interrupted, so it costs no try. A step during which
 * the process dies this often in a row is taken to kill it, and counts as exhausted.
 */
export const maxLapses = 30;

/** Full jitter, so that what failed together does not come back together. `attempt` counts from 1. */
export function retryDelayMs(retry: Retry, attempt: number, random: () => number): number {
  const ceilingMs = Math.min(retry.maxDelayMs, retry.firstDelayMs * 2 ** (attempt - 1));
  return Math.round(random() * ceilingMs);
}

/** Waits between tries of a write of the engine's own: a database that fails over is back in seconds. */
export const writeRetry: Retry = { attempts: Infinity, firstDelayMs: 50, maxDelayMs: 1000 };
