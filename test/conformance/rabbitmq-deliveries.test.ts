import assert from 'node:assert/strict';
import test from 'node:test';

import type { CloudEvent } from '#kernel/ports/event-transport';
import { openRabbitBus } from '#test/rabbit-bus';
import { createSeals } from '#test/seals';
import { openTcpProxy } from '#test/tcp-proxy';
import { until } from '#test/until';

import { eventOf } from './event-transport.suite.ts';
import { atBroker, depthOf, fact, hear, idsOf, told, url } from './rabbitmq-fact.ts';

/** More than a consumer holds at a time. */
const many = 20;

if (url) {
  fact('what was published before a subscriber first came waits for it', async (bus) => {
    const teller = await bus.connect({ hearersOf: () => ['listener', 'latecomer'] });
    await teller.publish('teller', told(3));
    const heard = await hear(await bus.connect(), 'latecomer');
    await until(() => heard.length === 3);
  });

  fact('an event that no queue takes is refused, and taken when it is tried again', async (bus) => {
    const teller = await bus.connect({ hearersOf: () => ['listener'] });
    await teller.publish('teller', told(1));
    await atBroker((channel) => channel.deleteQueue(`${bus.prefix}.teller.listener`));
    await assert.rejects(teller.publish('teller', told(1)), /Nobody's queue takes events/);
    await teller.publish('teller', told(2));
    const heard = await hear(await bus.connect(), 'listener');
    await until(() => heard.length === 2);
  });

  fact('instances of a subscriber race for its messages, and each goes to one', async (bus) => {
    const instances = [await bus.connect(), await bus.connect(), await bus.connect()];
    const heard = await Promise.all(instances.map((one) => hear(one, 'listener')));
    const tellers = [await bus.connect(), await bus.connect()];
    const events = told(300);
    await Promise.all(events.map((event, nth) => tellers[nth % 2]?.publish('teller', [event])));
    await until(() => heard.flat().length >= events.length);
    assert.deepEqual(idsOf(heard.flat()), idsOf(events));
    for (const one of heard) assert.notEqual(one.length, 0);
  });

  fact('more poison than a consumer can hold keeps nothing from anybody', async (bus) => {
    let isSick = true;
    const [poison, food] = [told(many), told(many)];
    const isPoison = new Set(idsOf(poison));
    const heard = await hear(await bus.connect(), 'listener', (batch) => {
      if (isSick && batch.some(({ id }) => isPoison.has(id))) throw new Error('sick');
    });
    const teller = await bus.connect();
    for (const event of [...poison, ...food]) await teller.publish('teller', [event]);
    await until(() => heard.length === many, { timeoutMs: 30_000 });
    assert.deepEqual(idsOf(heard), idsOf(food));

    isSick = false;
    await until(() => heard.length === 2 * many, { timeoutMs: 30_000 });
    assert.deepEqual(idsOf(heard), idsOf([...poison, ...food]));
  });

  fact('who can store nothing for a while is asked seldom, and forgets nothing', async (bus) => {
    let attempts = 0;
    let isDown = true;
    const heard = await hear(await bus.connect(), 'listener', () => {
      attempts += 1;
      if (isDown) throw new Error('no store');
    });
    const teller = await bus.connect();
    const events = told(100);
    const startedAt = performance.now();
    for (const event of events) await teller.publish('teller', [event]);
    await until(() => performance.now() - startedAt > 4000);
    assert.ok(attempts < 200, `${attempts} attempts in 4 s`);

    isDown = false;
    await until(() => heard.length === events.length, { timeoutMs: 30_000 });
    assert.deepEqual(idsOf(heard), idsOf(events));
  });

  fact('what a consumer was storing when its connection broke comes again', async (bus, t) => {
    const proxy = await openTcpProxy(Number(new URL(bus.options.url).port), t);
    const through = new URL(bus.options.url);
    through.port = `${proxy.port}`;
    const gate = Promise.withResolvers<void>();
    const begun: string[] = [];
    const listener = await bus.connect({ url: through.href });
    const heard: string[] = [];
    await listener.subscribe('listener', 'teller', async ([event]) => {
      begun.push(event?.id ?? '');
      if (begun.length === 1) await gate.promise;
      heard.push(event?.id ?? '');
    });
    const [event] = told(1);
    await (await bus.connect()).publish('teller', [event as CloudEvent]);
    await until(() => begun.length === 1);
    assert.notEqual(proxy.cut(), 0);
    gate.resolve();
    await until(() => heard.length === 2);
    assert.deepEqual(heard, [event?.id, event?.id]);
    await until(async () => (await depthOf(`${bus.prefix}.teller.listener`)) === 0);
  });

  fact('a broker that falls silent is noticed by its heartbeat', async (bus, t) => {
    const proxy = await openTcpProxy(Number(new URL(bus.options.url).port), t);
    const through = new URL(bus.options.url);
    through.port = `${proxy.port}`;
    const quick = { url: through.href, heartbeatSeconds: 1 };
    const heard = await hear(await bus.connect(quick), 'listener');
    const teller = await bus.connect(quick);
    await teller.publish('teller', told(1));
    await until(() => heard.length === 1);

    proxy.silence();
    const events = told(1);
    await assert.rejects(teller.publish('teller', events));
    await until(() => teller.publish('teller', events).then(() => true));
    await until(() => heard.some(({ id }) => id === events[0]?.id));
  });

  fact('a message that no publisher of ours sealed is kept aside and stops nobody', async (bus) => {
    const heard = await hear(await bus.connect(), 'listener');
    const forger = createSeals();
    const { trust } = bus.options;
    const forged = [
      forger.seal('teller', JSON.stringify(told(1))),
      trust.seal('herald', JSON.stringify(told(1))),
      trust.seal('teller', 'not JSON'),
      trust.seal('teller', '{}'),
      '',
    ];
    await atBroker(async (channel) => {
      for (const text of forged) {
        channel.publish(`${bus.prefix}.events`, 'teller', Buffer.from(text));
      }
    });
    const events = told(1);
    await (await bus.connect()).publish('teller', events);
    await until(() => heard.length === 1);
    const kept = new Map<string, string>();
    await until(async () => {
      for (const [text, problem] of await takeAll(`${bus.prefix}.refused`)) kept.set(text, problem);
      return kept.size === forged.length;
    });
    assert.deepEqual(idsOf(heard), idsOf(events));
    assert.deepEqual([...kept.keys()].sort(), [...forged].sort());
    assert.equal(kept.get(forged[0] ?? ''), 'its seal is not that of its source');
  });

  fact('an event that is too large is refused to its publisher', async (bus) => {
    const data = { text: 'x'.repeat(17 * 1024 * 1024) };
    const large = eventOf('teller', 'troy', 1, data);
    await assert.rejects((await bus.connect()).publish('teller', [large]), /too large/);
  });

  fact('closing waits for what is being stored, and takes no more', async (bus) => {
    const gate = Promise.withResolvers<void>();
    let began = 0;
    let ended = 0;
    const listener = await bus.connect();
    await listener.subscribe('listener', 'teller', async () => {
      began += 1;
      await gate.promise;
      ended += 1;
    });
    const teller = await bus.connect();
    await teller.publish('teller', told(1));
    await until(() => began === 1);
    const closing = listener.close();
    await teller.publish('teller', told(1));
    gate.resolve();
    await closing;
    assert.deepEqual([began, ended], [1, 1]);
    assert.equal(await depthOf(`${bus.prefix}.teller.listener`), 1);
  });
}

test('what is no URL of RabbitMQ is refused, and not repeated', async () => {
  const bus = openRabbitBus('http://user:secret@localhost');
  await assert.rejects(bus.connect(), (error: Error) => !error.message.includes('secret'));
});

/** What messages say, and what is said of each, from a queue that nobody may have made yet. */
async function takeAll(queue: string): Promise<readonly (readonly [string, string])[]> {
  const taken: (readonly [string, string])[] = [];
  await atBroker(async (channel) => {
    for (let one = await channel.get(queue); one; one = await channel.get(queue)) {
      taken.push([one.content.toString(), one.properties.headers?.problem]);
      channel.ack(one);
    }
  }).catch((error) => assert.match(error.message, /NOT_FOUND/));
  return taken;
}
