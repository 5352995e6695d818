import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';

import type { CloudEvent, Receive } from '#kernel/ports/event-transport';
import type { Logger } from '#kernel/ports/logger';

import { type Connection, openConnection } from './connection.ts';
import { createIntake, type Intake } from './intake.ts';
import { jobsAtOnce, workerOptions } from './queue-options.ts';
import { fullJitter, rest, within } from './waits.ts';

export type Hearing = {
  /** Takes no more, and resolves when what was being received is stored or refused, or time is over. */
  close(): Promise<void>;
};

type Options = {
  readonly url: string;
  readonly queue: string;
  readonly prefix: string;
  /** The batch in a job's data; undefined when it is refused. */
  readonly open: (data: unknown) => readonly CloudEvent[] | undefined;
  readonly receive: Receive;
  readonly log: Logger;
};

/** Together shorter than an inbox waits for its subscription. */
const reachTimeoutMs = 2500;
const listenTimeoutMs = 2000;

const closeTimeoutMs = 5000;

/** While nothing can be stored, or the server hands out nothing, nothing is taken for so long. */
const trouble = { firstDelayMs: 50, maxDelayMs: 2000 };

/** Resolves when jobs are taken from the queue, over connections of its own. */
export async function hear(options: Options): Promise<Hearing> {
  const { url, queue, log } = options;
  const connection = openConnection(url, 'subscriber', log);
  try {
    await within(reachTimeoutMs, 'Reaching Redis', connection.ready());
  } catch (error) {
    connection.close();
    throw error;
  }
  const { worker, close } = openWorker(options, connection);
  try {
    await within(listenTimeoutMs, `Listening at ${queue}`, worker.waitUntilReady());
  } catch (error) {
    await close();
    throw error;
  }
  worker.run().catch((error) => log.error({ err: error, queue }, 'a queue is heard no more'));
  return { close };
}

/** It does not run yet. `close` ends the connection too. */
function openWorker(options: Options, connection: Connection) {
  const { queue, prefix, log } = options;
  const closing = new AbortController();
  const worker = new Worker(queue, (job) => intake.take(job), {
    ...workerOptions,
    prefix,
    connection: connection.redis,
  });
  const restAfter = createRest(worker, closing.signal);
  const intake = createIntake({
    ...options,
    restAfter,
    closing: closing.signal,
    inHand(jobs) {
      worker.concurrency = jobs === 0 ? 1 : jobsAtOnce;
    },
  });
  worker.on('completed', intake.told);
  worker.on('failed', (job) => job && intake.told(job));
  reportTrouble(worker, restAfter, log);
  return {
    worker,
    async close(): Promise<void> {
      closing.abort();
      const ended = finish(worker, intake, connection);
      await within(closeTimeoutMs, 'Ending what is received', ended).catch((error) => {
        log.warn({ err: error, queue }, 'not all that was being received has ended');
      });
      await worker.close(true);
      connection.close();
    },
  };
}

/** Without the server nobody can be told that a job is done: another instance will see it again. */
async function finish(worker: Worker, intake: Intake, { redis }: Connection): Promise<void> {
  await worker.pause(true);
  if (redis.status === 'ready') {
    const lost = new Promise((done) => redis.once('close', done));
    await Promise.race([lost, acknowledged(redis, intake)]);
  }
  await intake.stored();
}

/** What was asked of the server before is answered before a ping: then we know what has been taken. */
async function acknowledged(redis: Redis, intake: Intake): Promise<void> {
  await redis.ping();
  await turn();
  await intake.acknowledged();
}

/** Takes no more jobs for a while: meanwhile another instance, which may fare better, can have them. */
function createRest(worker: Worker, closing: AbortSignal): (failures: number) => void {
  let isResting = false;
  return async (failures) => {
    if (isResting || closing.aborted) return;
    isResting = true;
    await worker.pause(true);
    await rest(fullJitter(failures, trouble), closing);
    isResting = false;
    if (!closing.aborted) await worker.resume();
  };
}

/**
 * A server that answers with errors (out of memory, no permission) would be asked again without a
 * pause. Errors of the connection are reported, and waited out, elsewhere.
 */
function reportTrouble(worker: Worker, restAfter: (failures: number) => void, log: Logger): void {
  let refusals = 0;
  worker.on('active', () => {
    refusals = 0;
  });
  worker.on('error', (error) => {
    log.debug({ err: error, queue: worker.name }, 'a worker has trouble');
    if (error.name !== 'ReplyError') return;
    refusals += 1;
    if (refusals === 1) log.warn({ err: error, queue: worker.name }, 'Redis hands out no events');
    restAfter(refusals);
  });
}
