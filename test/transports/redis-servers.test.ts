import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { CloudEvent } from '#kernel/ports/event-transport';
import { ask, redisBinary, startRedis } from '#test/redis';
import { until } from '#test/until';

import { UnusableRedis } from '../../src/transports/redis/server-check.ts';
import { eventOf } from '../conformance/event-transport.suite.ts';
import { keep, open, stored } from './redis-fact.ts';

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

/** Every step of a worker is a script. */
function scriptsRunOn(server: string): Promise<number> {
  return ask(server, async (redis) =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]),
  );
}
