import { Redis, type RedisOptions } from 'ioredis';

import type { Logger } from '#kernel/ports/logger';

import { checkServer, isReplica } from './server-check.ts';
import { fullJitter } from './waits.ts';

/** A connection that is opened at once, and again whenever it is lost, until it is closed. */
export type Connection = {
  readonly redis: Redis;
  /**
   * Resolves when the server is there and usable. Rejects at once when it is away or a replica, or with
   * `UnusableRedis`; waits only for the first attempt to connect, and for an answer.
   */
  ready(): Promise<void>;
  close(): void;
};

const common = {
  connectTimeout: 2000,
  disconnectTimeout: 1000,
  keepAlive: 5000,
  retryStrategy: (times) => 20 + fullJitter(times, { firstDelayMs: 50, maxDelayMs: 1000 }),
  // After a failover: whoever was the primary takes no more writes. Redis 6.2 says so in mid-sentence.
  reconnectOnError: ({ message }) => message.includes('READONLY'),
} satisfies RedisOptions;

/**
 * A server that was asked and says nothing for `socketTimeout` ms is gone: the connection is made anew.
 * A publisher keeps nothing in memory: what can't be sent now is refused, and stays in its outbox.
 */
const options = {
  publisher: {
    ...common,
    socketTimeout: 2000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
  },
  /** Longer than a worker lets the server wait for the next job. */
  subscriber: { ...common, socketTimeout: 8000, maxRetriesPerRequest: null },
} satisfies Record<string, RedisOptions>;

/** Remembers what was duplicated from it: a worker makes its second connection so. */
class KnownRedis extends Redis {
  readonly copies: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    this.copies.push(copy);
    return copy;
  }
}

export function openConnection(
  url: string,
  role: 'publisher' | 'subscriber',
  log: Logger,
): Connection {
  const redis = new KnownRedis(url, { ...options[role], connectionName: `seamline:${role}` });
  const firstAttempt = new Promise<void>((done) => {
    redis.once('ready', done).once('close', done);
  });
  let usable: Promise<void> | undefined;
  redis.on('ready', () => {
    usable = undefined;
  });
  reportOutages(redis, role, log);

  async function check(): Promise<void> {
    const info = await redis.info();
    checkServer(info);
    if (!isReplica(info)) return;
    // By its name the next connection may reach whoever is the primary by then.
    redis.disconnect(true);
    throw new Error('This Redis is a replica: it takes no events while it is one.');
  }

  return {
    redis,
    async ready() {
      await firstAttempt;
      if (redis.status !== 'ready') throw new Error('Redis cannot be reached.');
      usable ??= check();
      await usable.catch((error) => {
        usable = undefined;
        throw error;
      });
    },
    close() {
      for (const each of [redis, ...redis.copies]) end(each);
    },
  };
}

/** For good: a worker in the midst of reconnecting would otherwise go on, and keep the process alive. */
function end(redis: Redis): void {
  redis.options.retryStrategy = null;
  redis.on('error', () => undefined);
  redis.on('connect', () => redis.disconnect());
  redis.disconnect();
}

/** One line when the server goes and one when it is back, however often it is tried in between. */
function reportOutages(redis: Redis, role: string, log: Logger): void {
  let isOut = false;
  redis.on('error', (error) => {
    // Every host has one publisher, and many subscribers that go and come with it.
    if (!isOut && role === 'publisher') log.warn({ err: error }, 'Redis is away; events wait');
    isOut = true;
  });
  redis.on('ready', () => {
    if (isOut && role === 'publisher') log.info({}, 'Redis is there again');
    isOut = false;
  });
}
