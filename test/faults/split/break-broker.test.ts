import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rabbitBinaries, startRabbit } from '#test/rabbitmq';
import { redisBinary, startRedis } from '#test/redis';

import { breakBroker } from './break-broker.ts';

/** Whoever publishes and whoever hears are apart; the run in full has every module apart. */
const hosts = {
  sales: ['orders', 'payments', 'inventory', 'catalog', 'media'],
  front: ['gateway', 'demo', 'users', 'notifications', 'analytics'],
} as const;

const brokers = [
  ...(redisBinary() ? [{ events: 'redis', start: () => startRedis() } as const] : []),
  ...(rabbitBinaries() ? [{ events: 'rabbitmq', start: () => startRabbit() } as const] : []),
];

for (const { events, start } of brokers) {
  test(`${events} killed under orders: events wait, then all of them arrive, each once`, async (t) => {
    const broker = await start();
    t.after(() => broker.stop());
    const plan = { hosts, events, broker, clients: 4, seed: 20_261_126 };
    const { outages, ...counts } = await breakBroker({ ...plan, outages: 2, outageMs: 3_000 });

    t.diagnostic(JSON.stringify({ outages, ...counts }));
    assert.ok(outages.every(({ backlog }) => backlog > 0));
    assert.ok(counts.completed > 0);
  });
}
