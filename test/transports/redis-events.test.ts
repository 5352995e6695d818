import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

import type { CloudEvent } from '#kernel/ports/event-transport';
import { ask, redisBinary, startRedis } from '#test/redis';
import { createSeals } from '#test/seals';
import { until } from '#test/until';

import { eventOf } from '../conformance/event-transport.suite.ts';
import { startOther } from './redis-child.ts';
import { keep, open } from './redis-fact.ts';

const url = process.env.TEST_REDIS_URL;

if (redisBinary()) {
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
