import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { users } from '#contracts/users';
import type { Actor } from '#kernel/ports/call-context';
import { jam } from '#test/jam';
import { often } from '#test/often';
import { openShop, type Shop } from '#test/shop';
import { until } from '#test/until';

import { catalogModule } from '../../catalog/module.ts';
import { inventoryModule } from '../../inventory/module.ts';
import { mediaModule } from '../../media/module.ts';
import { ordersModule } from '../../orders/module.ts';
import { paymentsModule } from '../../payments/module.ts';
import { usersModule } from '../../users/module.ts';
import { analytics } from '../contract.ts';
import { analyticsModule } from '../module.ts';

const { exportAccount, trackEvents } = analytics.calls;
const selling = [catalogModule, inventoryModule, paymentsModule, ordersModule];

const open = (settings: Readonly<Record<string, string>> = {}, module = analyticsModule) =>
  openShop({
    modules: [usersModule, mediaModule, ...selling, module],
    settings: { ADMIN_PASSWORD: 'correct admin battery', ...settings },
  });

const visits = (count: number) =>
  Array.from({ length: count }, (_, nth) => ({
    id: randomUUID(),
    name: 'page_viewed' as const,
    sessionId: 'session-one',
    path: `/${nth}`,
  }));

async function kept(shop: Shop, userId: string, as: Actor): Promise<string[]> {
  const paths: string[] = [];
  for await (const { event } of shop.stream(exportAccount, { userId }, { as })) {
    paths.push(event.path ?? '');
  }
  return paths.sort();
}

test('of what visitors do the latest is kept, whoever tells how much', async () => {
  const shop = await open({ VISITS_KEPT: '3' }, often(analyticsModule));
  const id = randomUUID();
  const as: Actor = { kind: 'user', id, roles: ['customer'] };
  for (const one of visits(6)) {
    await shop.call(trackEvents, { events: [one] }, { as });
    shop.clock.advance(1000);
  }
  await until(async () => (await kept(shop, id, as)).length === 3, { what: 'three of six' });
  assert.deepEqual(await kept(shop, id, as), ['/3', '/4', '/5']);
});

test('a visit in a leap second, of which our clocks know nothing, is counted as of now', async () => {
  const shop = await open();
  const [one = assert.fail()] = visits(1);
  const events = [{ ...one, at: '2016-12-31T23:59:60Z' }];
  assert.deepEqual(await shop.call(trackEvents, { events }), { accepted: 1 });
});

test('a token that outlives its account leaves no visits in its name', async () => {
  const shop = await open();
  const password = 'correct horse';
  const input = { email: 'ann@example.com', password, username: 'Ann' };
  const { id: userId } = await shop.call(users.calls.createUser, input);
  const as: Actor = { kind: 'user', id: userId, roles: ['customer'] };
  await shop.call(users.calls.deleteAccount, { userId, password }, { as });
  await shop.settled();
  await shop.call(trackEvents, { events: visits(2) }, { as });
  assert.equal((await kept(shop, userId, as)).length, 2);

  const { sagas } = shop.operator('analytics');
  const [{ id = '' } = {}] = await sagas.list({ name: 'forgetAgain', limit: 1 });
  await sagas.resume(id);
  await until(async () => (await kept(shop, userId, as)).length === 0, { what: 'no visits' });
});

test('visits that can not be forgotten the second time wait for a person, and go when resumed', async () => {
  const shop = await open();
  const password = 'correct horse';
  const input = { email: 'bob@example.com', password, username: 'Bob' };
  const { id: userId } = await shop.call(users.calls.createUser, input);
  const as: Actor = { kind: 'user', id: userId, roles: ['customer'] };
  await shop.call(users.calls.deleteAccount, { userId, password }, { as });
  await shop.settled();
  await shop.call(trackEvents, { events: visits(2) }, { as });
  const { sagas } = shop.operator('analytics');
  const when = 'new.customer is null';
  const free = await jam(shop.place, { module: 'analytics', table: 'visits', when });

  const [{ id = '' } = {}] = await sagas.list({ name: 'forgetAgain', limit: 1 });
  const over = async () => {
    const saga = await sagas.show(id);
    if (saga?.status !== 'running') return saga?.status;
    await sagas.resume(id);
    return undefined;
  };
  assert.equal(await until(over, { what: 'the last try', timeoutMs: 60_000 }), 'manual');
  await free();
  await sagas.resume(id);
  await until(async () => (await kept(shop, userId, as)).length === 0, { what: 'no visits' });
});
