import assert from 'node:assert/strict';

import { openAmqpProxy } from '#test/amqp-proxy';
import { until } from '#test/until';

import { atBroker, depthOf, fact, hear, idsOf, told, url } from './rabbitmq-fact.ts';

const basicAck = '60.80';
const channelClose = '20.40';
/** As many as a consumer holds at a time: the broker brings no more until one is acknowledged. */
const held = 8;

if (url) {
  fact('a consumer whose acknowledgements got lost is heard again', async (bus, t) => {
    let lost = 0;
    const { url: wire } = await openAmqpProxy(bus.options.url, t, ({ from, method }) => {
      if (from === 'broker' || method !== basicAck || lost === held) return false;
      lost += 1;
      return true;
    });
    const heard = await hear(await bus.connect({ url: wire }), 'listener');
    const teller = await bus.connect();
    const events = told(3 * held);
    for (const event of events) await teller.publish('teller', [event]);
    await until(() => new Set(idsOf(heard)).size === events.length, {
      what: 'all events',
      timeoutMs: 30_000,
    });
    assert.equal(lost, held);
    await until(async () => (await depthOf(`${bus.prefix}.teller.listener`)) === 0);
  });

  fact(
    'a queue that is gone, of which the broker told nobody, is declared again',
    async (bus, t) => {
      const basicCancel = '60.30';
      let lost = 0;
      const { url: wire } = await openAmqpProxy(bus.options.url, t, ({ from, method }) => {
        if (from === 'client' || method !== basicCancel) return false;
        lost += 1;
        return true;
      });
      const heard = await hear(await bus.connect({ url: wire }), 'listener');
      await bus.forget();
      await until(() => lost > 0);
      // Its publisher can do nothing about it: it knows of no hearer.
      const teller = await bus.connect({ hearersOf: () => [] });
      const events = told(1);
      const publish = async () => {
        await teller.publish('teller', events);
        return heard.length > 0;
      };
      await until(publish, { what: 'the event', timeoutMs: 30_000, everyMs: 200 });
      assert.deepEqual([...new Set(idsOf(heard))], idsOf(events));
    },
  );

  fact('a binding that somebody has removed is made again', async (bus) => {
    const hearersOf = () => ['listener', 'other'];
    const teller = await bus.connect({ hearersOf });
    const heard = await hear(await bus.connect({ hearersOf }), 'listener');
    const others = await hear(await bus.connect({ hearersOf }), 'other');
    const events = told(2);
    await teller.publish('teller', events.slice(0, 1));
    await until(() => heard.length === 1 && others.length === 1);
    const { prefix } = bus;
    await atBroker((channel) =>
      channel.unbindQueue(`${prefix}.teller.listener`, `${prefix}.events`, 'teller'),
    );
    const publish = async () => {
      await teller.publish('teller', events.slice(1));
      return heard.length > 1;
    };
    await until(publish, { what: 'the second event', timeoutMs: 30_000, everyMs: 200 });
    assert.deepEqual([...new Set(idsOf(heard))], idsOf(events));
  });

  fact('a channel whose confirmations get lost is left for another', async (bus, t) => {
    const deaf = new Set<number>();
    let lost = 0;
    const { url: wire } = await openAmqpProxy(bus.options.url, t, ({ from, method, channel }) => {
      if (method === channelClose) deaf.delete(channel);
      if (from === 'client' || method !== basicAck) return false;
      if (lost === 0) deaf.add(channel);
      if (deaf.has(channel)) lost += 1;
      return deaf.has(channel);
    });
    const heard = await hear(await bus.connect(), 'listener');
    const teller = await bus.connect({ url: wire });
    const events = told(2);
    await assert.rejects(teller.publish('teller', events.slice(0, 1)), /did not confirm/);
    await teller.publish('teller', events);
    await until(() => new Set(idsOf(heard)).size === events.length);
    assert.equal(lost, 1);
  });

  fact(
    'a connection that breaks before a message is written costs no more than that',
    async (bus, t) => {
      let cuts = 0;
      let closes = 0;
      // The first channel is the one that tries the connection; on the second, queues were declared.
      const wire = await openAmqpProxy(bus.options.url, t, ({ from, method }) => {
        if (from === 'broker' || method !== channelClose || cuts === 2) return false;
        closes += 1;
        if (closes < 2) return false;
        closes = 0;
        cuts += 1;
        queueMicrotask(wire.cut);
        return true;
      });
      const heard = await hear(await bus.connect(), 'listener');
      const teller = await bus.connect({ url: wire.url });
      const events = told(1);
      const publish = () => teller.publish('teller', events).then(() => true);
      await until(publish, { what: 'the event to be taken', timeoutMs: 30_000 });
      assert.equal(cuts, 2);
      // By then nobody waits for a confirmation any more: what fails now, fails unheard.
      const takenAt = performance.now();
      await until(() => performance.now() - takenAt > 4500);
      assert.notEqual(heard.length, 0);
    },
  );
}
