import { Queue } from 'bullmq';

import type { CloudEvent, EventCarrier, HearersOf, Receive } from '#kernel/ports/event-transport';
import type { Logger } from '#kernel/ports/logger';
import type { Trust } from '#kernel/ports/trust';

import { batchOf, mostEventCharacters, textsOf } from './batch-text.ts';
import { type Connection, openConnection } from './connection.ts';
import { type Hearing, hear } from './hear.ts';
import { jobName, jobOptions, queueName, streams } from './queue-options.ts';
import { UnusableRedis } from './server-check.ts';
import { within } from './waits.ts';

export type RedisEventsOptions = {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly url: string;
  readonly hearersOf: HearersOf;
  readonly trust: Pick<Trust, 'seal' | 'unseal'>;
  readonly log: Logger;
  /** What all keys begin with: shops that share a server differ in it. */
  readonly prefix?: string;
};

export type RedisEvents = EventCarrier & {
  /** For the start of a host: throws `UnusableRedis` when the server is there and can't be used. */
  check(): Promise<void>;
  /** How many jobs were thrown away because their seal was wrong. */
  refusedJobs(): number;
};

/** Longer than a server may be silent, shorter than the relay waits. */
const publishTimeoutMs = 3000;

/** The seal, and the second layer of quotes around the text. */
const mostDataCharacters = 3 * mostEventCharacters;

/**
 * Carries events over Redis: a batch is one BullMQ job in the queue of each subscriber, done when the
 * subscriber has stored it. `publish` resolves when the server has confirmed the job in every queue. A
 * server that is away is an error at once; one that has lost its memory is no matter of a carrier:
 * inboxes find in the owner's outbox what never came.
 */
export function redisEvents(options: RedisEventsOptions): RedisEvents {
  const { url, hearersOf, log, prefix = 'seamline' } = options;
  const publisher = openConnection(url, 'publisher', log);
  const queues = createQueues(publisher, prefix);
  const seals = createSeals(options);
  const hearings: Hearing[] = [];
  let isClosed = false;

  async function send(source: string, batch: readonly CloudEvent[]): Promise<void> {
    await publisher.ready();
    const jobs = textsOf(batch).map((text) => seals.seal(source, text));
    const names = hearersOf(source).map((hearer) => queueName(hearer, source));
    await Promise.all(
      names.flatMap((name) => jobs.map((job) => queues.get(name).add(jobName, job, jobOptions))),
    );
  }

  return {
    name: 'redis',
    async publish(source, batch) {
      if (isClosed) throw new Error('The events over Redis are closed.');
      if (batch.length === 0 || hearersOf(source).length === 0) return;
      await within(publishTimeoutMs, 'Publishing to Redis', send(source, batch));
    },
    async subscribe(name: string, source: string, receive: Receive) {
      if (isClosed) throw new Error('The events over Redis are closed.');
      const queue = queueName(name, source);
      const open = (data: unknown) => seals.open(source, data);
      const hearing = await hear({ url, queue, prefix, open, receive, log });
      hearings.push(hearing);
      if (isClosed) await hearing.close();
    },
    async check() {
      const asked = within(publishTimeoutMs, 'Reaching Redis', publisher.ready());
      await asked.catch((error) => {
        if (error instanceof UnusableRedis) throw error;
      });
    },
    refusedJobs: () => seals.refused(),
    async close() {
      isClosed = true;
      await Promise.all(hearings.map((hearing) => hearing.close()));
      publisher.close();
    },
  };
}

/** Queues to publish to, each made when it is first needed; the connection is theirs together. */
function createQueues({ redis }: Connection, prefix: string) {
  const queues = new Map<string, Queue>();
  return {
    get(name: string): Queue {
      const known = queues.get(name);
      if (known) return known;
      const queue = new Queue(name, {
        connection: redis,
        prefix,
        streams,
        skipWaitingForReady: true,
        // What it would ask the server at its making may fail, and then the queue would never work.
        skipVersionCheck: true,
      });
      // The connection reports for all of them.
      queue.on('error', () => undefined);
      queues.set(name, queue);
      return queue;
    },
  };
}

/** Nothing comes out of a queue but what the source's own host has put in. */
function createSeals({ trust, log }: RedisEventsOptions) {
  let refused = 0;
  return {
    seal: (source: string, text: string) => trust.seal(source, text),
    /** Undefined when the job is not to be trusted: it is done with, and must hold up nobody. */
    open(source: string, data: unknown): readonly CloudEvent[] | undefined {
      const sealed = typeof data === 'string' && data.length <= mostDataCharacters ? data : '';
      const text = trust.unseal(source, sealed);
      const batch = text === undefined ? undefined : batchOf(text);
      if (!batch) {
        refused += 1;
        log.error({ source }, 'a job was thrown away: it was not sealed by its source');
      }
      return batch;
    },
    refused: () => refused,
  };
}
