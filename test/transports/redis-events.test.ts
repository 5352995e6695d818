import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import { createLogger } from '#kernel/log';
import type { CloudEvent } from '#kernel/ports/event-transport';
import { ask, redisBinary, startRedis } from '#test/redis';
import { createSeals } from '#test/seals';
import { until } from '#test/until';

import { redisEvents } from '../../src/transports/redis/events.ts';
import { UnusableRedis } from '../../src/transports/redis/server-check.ts';
import { eventOf } from '../conformance/event-transport.suite.ts';
import { startOther } from './redis-child.ts';

const url = process.env.TEST_REDIS_URL;

if (redisBinary()) {
  test('a Redis that evicts is refused, until it does not', async (t) => {
    const server = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
    t.after(() => server.stop());
    const events = open(t, server.url);
    const isClear = (error: Error) =>
      error instanceof UnusableRedis && error.message.includes('maxmemory-policy noeviction');
    await assert.rejects(events.check(), isClear);
    await assert.rejects(events.publish('teller', [eventOf('teller', 'troy', 1)]), isClear);
    await assert.rejects(events.subscribe('listener', 'teller', stored), isClear);

    await ask(server.url, (redis) => redis.config('SET', 'maxmemory-policy', 'noeviction'));
    await events.check();
    await events.publish('teller', [eventOf('teller', 'troy', 1)]);
  });

  test('a Redis that is away is no reason not to start, and told from one that cannot be used', async (t) => {
    const server = await startRedis();
    await server.kill();
    t.after(() => server.stop());
    await open(t, server.url).check();
  });

  test('a Redis that is a replica takes nothing until it is the primary, and again after that', async (t) => {
    const [primary, server] = [await startRedis(), await startRedis()];
    t.after(() => Promise.all([primary.stop(), server.stop()]));
    const follow = (host: string, port: string) =>
      ask(server.url, (redis) => redis.replicaof(host, port));
    const demote = () => follow('127.0.0.1', new URL(primary.url).port);
    await demote();
    const events = open(t, server.url);
    await events.check();
    for (let sequence = 1; sequence <= 2; sequence += 1) {
      const publish = () => events.publish('teller', [eventOf('teller', 'troy', sequence)]);
      await until(() =>
        publish().then(
          () => false,
          ({ message }) => /is a replica/.test(message),
        ),
      );
      await follow('NO', 'ONE');
      await until(() => publish().then(() => true));
      await demote();
    }
  });

  test('a Redis that is full refuses what is published, loses nothing, and is not pestered', async (t) => {
    const server = await startRedis(['--maxmemory', '12mb']);
    t.after(() => server.stop());
    const events = open(t, server.url);
    const confirmed: CloudEvent[] = [];
    await assert.rejects(async () => {
      for (let sequence = 1; sequence <= 100; sequence += 1) {
        const event = eventOf('teller', 'troy', sequence, { text: randomUUID().repeat(6000) });
        await events.publish('teller', [event]);
        confirmed.push(event);
      }
    }, /OOM/);
    assert.ok(confirmed.length > 5);

    const configure = (memory: string) =>
      ask(server.url, (redis) => redis.config('SET', 'maxmemory', memory));
    await configure('1mb');
    const heard = new Map<string, CloudEvent>();
    await events.subscribe('listener', 'teller', keep(heard));
    const before = await scriptsRunOn(server.url);
    await pause(1500);
    const tries = (await scriptsRunOn(server.url)) - before;
    assert.ok(tries > 0 && tries < 100, `${tries} tries in 1.5 s`);

    await configure('0');
    await until(() => confirmed.every(({ id }) => heard.has(id)), { timeoutMs: 20_000 });
  });

  test('the events of an instance that died in mid-work are taken over by another one', async (t) => {
    const server = await startRedis();
    t.after(() => server.stop());
    const prefix = `test-${randomUUID()}`;
    const child = await startOther(server.url, prefix);
    t.after(() => child.kill('SIGKILL'));
    const seals = child.seals;
    const events = open(t, server.url, { prefix, seals });
    const batch = [1, 2, 3].map((sequence) => eventOf('teller', 'troy', sequence));
    await events.publish('teller', batch);
    await child.received;
    // Time enough for an acknowledgement that would come too early.
    await pause(300);
    child.kill('SIGKILL');
    const heard = new Map<string, CloudEvent>();
    await events.subscribe('listener', 'teller', keep(heard));
    await until(() => heard.size === 3, { timeoutMs: 30_000 });
  });
}

if (url) {
  test('a batch is one job for each subscriber, and a job that is done leaves nothing', async (t) => {
    const prefix = `test-${randomUUID()}`;
    const events = open(t, url, { prefix, hearers: ['first', 'second'] });
    const batch = Array.from({ length: 200 }, (_, i) => eventOf('teller', 'troy', i + 1));
    await events.publish('teller', batch);
    const heard = { first: [] as number[], second: [] as number[] };
    for (const name of ['first', 'second'] as const) {
      await events.subscribe(name, 'teller', async (some) => void heard[name].push(some.length));
    }
    await until(() => heard.first.length + heard.second.length >= 2);
    assert.deepEqual(heard, { first: [200], second: [200] });
    await until(async () => (await jobsOf(url, prefix)).length === 0);
  });

  test('a batch that is long in storing holds up none that comes after it', async (t) => {
    const events = open(t, url);
    const heard = new Set<number | undefined>();
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    await events.subscribe('listener', 'teller', async ([event]) => {
      heard.add(event?.sequence);
      if (event?.sequence === 2) await over;
    });
    for (const sequence of [1, 2, 3, 4]) {
      await events.publish('teller', [eventOf('teller', 'troy', sequence)]);
      await until(() => heard.has(sequence));
    }
    end();
  });

  test('a batch that is too long for one job becomes several, and one event that is, an error', async (t) => {
    const events = open(t, url);
    const long = (sequence: number, length: number) =>
      eventOf('teller', 'troy', sequence, { text: 'x'.repeat(length) });
    const heard = new Map<string, CloudEvent>();
    const sizes: number[] = [];
    await events.subscribe('listener', 'teller', async (batch) => {
      sizes.push(batch.length);
      await keep(heard)(batch);
    });
    const batch = [1, 2, 3, 4, 5].map((sequence) => long(sequence, 400_000));
    await events.publish('teller', batch);
    await until(() => heard.size === 5);
    assert.deepEqual(sizes.toSorted(), [1, 2, 2]);
    await assert.rejects(events.publish('teller', [long(6, 9_000_000)]), /longer than/);
  });

  test('what was not sealed by its source is thrown away, counted, and in nobody’s way', async (t) => {
    const prefix = `test-${randomUUID()}`;
    const events = open(t, url, { prefix });
    const forger = open(t, url, { prefix, seals: createSeals() });
    const heard = new Map<string, CloudEvent>();
    await events.subscribe('listener', 'teller', keep(heard));
    const forged = eventOf('teller', 'troy', 1, { line: 'forged' });
    await forger.publish('teller', [forged]);
    await add(url, prefix, { plain: [forged] });
    await add(url, prefix, JSON.stringify([forged]));
    await add(url, prefix, 'x'.repeat(100));
    const good = eventOf('teller', 'troy', 1);
    await events.publish('teller', [good]);

    await until(() => heard.has(good.id) && events.refusedJobs() === 4);
    assert.deepEqual([...heard.keys()], [good.id]);
    await until(async () => (await jobsOf(url, prefix)).length === 0);
  });

  test('a job that is no job keeps no event from anybody', async (t) => {
    const prefix = `test-${randomUUID()}`;
    const events = open(t, url, { prefix });
    const heard = new Map<string, CloudEvent>();
    await add(url, prefix, 'soon broken');
    await ask(url, async (redis) => {
      for (const key of await jobsOf(url, prefix)) await redis.hset(key, 'data', '{no json');
    });
    await events.subscribe('listener', 'teller', keep(heard));
    const good = [1, 2, 3].map((sequence) => eventOf('teller', 'troy', sequence));
    for (const event of good) await events.publish('teller', [event]);
    await until(() => heard.size === 3);
  });
}

test('a Redis that is too old is refused, in words', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      // As Redis 5 does: it knows no HELLO, and every other command of a client's greeting.
      for (const word of String(bytes).match(/\r\n(hello|info|client|ping)\r\n/gi) ?? []) {
        const name = word.trim().toLowerCase();
        const info = 'redis_version:5.0.14\r\nmaxmemory_policy:noeviction\r\n';
        if (name === 'hello') socket.write('-ERR unknown command `HELLO`\r\n');
        else if (name === 'info') socket.write(`$${info.length}\r\n${info}\r\n`);
        else socket.write('+OK\r\n');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const events = open(t, `redis://127.0.0.1:${port}`);
  await assert.rejects(events.check(), /version 5\.0\.14; events need 6\.2 or newer/);
});

type Opening = { prefix?: string; seals?: ReturnType<typeof createSeals>; hearers?: string[] };

function open(t: TestContext, server: string, opening: Opening = {}) {
  const { prefix = `test-${randomUUID()}`, seals = ours, hearers = ['listener'] } = opening;
  const hearersOf = () => hearers;
  const log = createLogger('silent');
  const events = redisEvents({ url: server, hearersOf, trust: seals, log, prefix });
  t.after(() => events.close());
  return events;
}

const ours = createSeals();

async function stored(): Promise<void> {}

const keep = (heard: Map<string, CloudEvent>) => async (batch: readonly CloudEvent[]) => {
  for (const event of batch) heard.set(event.id, event);
};

/** The jobs that stand in Redis, waiting or not. */
function jobsOf(server: string, prefix: string): Promise<readonly string[]> {
  return ask(server, async (redis) =>
    (await redis.keys(`${prefix}:*`)).filter((key) => /:\d+$/.test(key)),
  );
}

/** As somebody does who can write into Redis, and has no key. */
async function add(server: string, prefix: string, data: unknown): Promise<void> {
  const connection = new Redis(server, { maxRetriesPerRequest: null });
  const queue = new Queue('teller>listener', { connection, prefix });
  await queue.add('events', data);
  await queue.close();
  connection.disconnect();
}

/** Every step of a worker is a script. */
function scriptsRunOn(server: string): Promise<number> {
  return ask(server, async (redis) =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]),
  );
}
