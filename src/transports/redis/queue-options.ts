import type { JobsOptions, WorkerOptions } from 'bullmq';

import { fullJitter } from './waits.ts';

/** One queue for each subscriber and source. Names are escaped, so that no two pairs share one. */
export function queueName(subscriber: string, source: string): string {
  return `${encodeURIComponent(source)}>${encodeURIComponent(subscriber)}`;
}

/** The name of all jobs. */
export const jobName = 'events';

/** Lasts longer than anything: a job is tried until it is stored. */
const noEnd = Number.MAX_SAFE_INTEGER;

/** Between attempts of one job, on whichever instance. */
const retry = { firstDelayMs: 100, maxDelayMs: 5000 };

/** A job is gone when it is done. Why one failed is in the subscriber's own log, never in Redis. */
export const jobOptions = {
  attempts: noEnd,
  backoff: { type: 'fullJitter' },
  stackTraceLimit: 0,
  removeOnComplete: true,
} satisfies JobsOptions;

/** BullMQ's stream of what happened to jobs: nobody reads it. */
export const streams = { events: { maxLen: 100 } };

/**
 * Jobs that a worker has in hand together. One that may have more looks for a second job before it
 * begins with the first, and a single event would wait for that answer: so it may have more only
 * while it has one.
 */
export const jobsAtOnce = 4;

/**
 * The jobs of an instance that died are taken over within `lockDuration + 2 · stalledInterval`, 15 s. An
 * instance that was only slow has lost them too, and then the inbox sees some events twice.
 */
export const workerOptions = {
  autorun: false,
  concurrency: 1,
  lockDuration: 10_000,
  stalledInterval: 2500,
  maxStalledCount: noEnd,
  /** For jobs of strangers, which do not say so themselves. */
  removeOnComplete: { count: 0 },
  /** Seconds. Also the longest silence on the waiting connection before it is taken for dead. */
  drainDelay: 5,
  runRetryDelay: 500,
  settings: { backoffStrategy: (attemptsMade) => fullJitter(attemptsMade, retry) },
} satisfies Omit<WorkerOptions, 'connection'>;
