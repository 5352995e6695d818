import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { catalog } from '#contracts/catalog';
import { inventory } from '#contracts/inventory';
import { orders } from '#contracts/orders';
import { users } from '#contracts/users';
import type { Actor } from '#kernel/ports/call-context';
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

const dayMs = 24 * 3_600_000;
const neighbours = [usersModule, mediaModule, catalogModule, inventoryModule, paymentsModule];
const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };

const open = (settings: Readonly<Record<string, string>> = {}, module = analyticsModule) =>
  openShop({
    modules: [...neighbours, ordersModule, module],
    settings: { ADMIN_PASSWORD: 'correct admin battery', ...settings },
  });

test('the numbers of a day are told on the next one', async () => {
  const shop = await open({}, often(analyticsModule));
  shop.clock.advance(-dayMs);
  const yesterday = new Date(shop.clock.now()).toISOString().slice(0, 10);
  const { order } = await customerOf(shop);
  await order(2);
  await shop.settled();
  shop.clock.advance(dayMs);

  type Told = { day: string; orders: number };
  const told = await until(
    async () => {
      const all = (await shop.published(analytics)).map(({ data }) => data as Told);
      return all.find((one) => one.day === yesterday && one.orders === 1);
    },
    { what: 'the report of yesterday' },
  );
  assert.deepEqual(told, {
    day: yesterday,
    zone: 'UTC',
    orders: 1,
    gross: [{ amount: 2500, currency: 'EUR' }],
    refunds: [],
    newCustomers: 1,
  });
});

test('a report that is due before all of its day is counted waits for the rest', async () => {
  const settings = { ADMIN_PASSWORD: 'correct admin battery' };
  const before = await openShop({ modules: [...neighbours, ordersModule], settings });
  before.clock.advance(-dayMs);
  const { order } = await customerOf(before);
  const count = 60;
  for (let placed = 0; placed < count; placed += 20) {
    const some = Array.from({ length: 20 }, () => order());
    await Promise.all(some);
  }
  await before.settled();
  await before.stop();

  const modules = [...neighbours, ordersModule, often(analyticsModule)];
  const after = await openShop({ modules, settings, place: before.place });
  const [first = assert.fail()] = await until(
    async () => {
      const told = await after.published(analytics);
      return told.length > 0 && told;
    },
    { what: 'the first report' },
  );
  assert.equal((first.data as { orders: number }).orders, count);
});

/** Somebody who buys mugs, of which there are enough. */
async function customerOf(shop: Shop) {
  const input = { email: 'ann@example.com', password: 'correct horse', username: 'Ann' };
  const { id } = await shop.call(users.calls.createUser, input);
  const product = await shop.call(
    catalog.calls.createProduct,
    { sku: 'mug', name: 'Mug', description: '', price: { amount: 1250, currency: 'EUR' } },
    { as: admin },
  );
  const stock = { productId: product.id, onHand: 500 };
  await shop.call(inventory.calls.updateStock, stock, { as: admin });
  const as: Actor = { kind: 'user', id, roles: ['customer'] };
  const order = (quantity = 1) => {
    const payment = { method: 'card' as const, token: 'tok_ok' };
    const items = [{ productId: product.id, quantity }];
    return shop.call(orders.calls.createOrder, { items, payment }, { as });
  };
  return { order };
}

test('the report comes at its time of day, by the clock of its zone', async () => {
  const shop = await open({ REPORT_AT: '07:30', REPORT_ZONE: 'Europe/Berlin' });
  const schedules = await shop.operator('analytics').schedules.list();
  const report = schedules.find(({ name }) => name === 'daily report');
  assert.equal(report?.pattern, '30 7 * * * Europe/Berlin');
  const inBerlin = { timeZone: 'Europe/Berlin', hour: '2-digit', minute: '2-digit' } as const;
  const due = new Date(report?.dueAt ?? 0);
  assert.equal(new Intl.DateTimeFormat('en-GB', inBerlin).format(due), '07:30');
});

test('a time of day or a zone that there is not is refused by name', async () => {
  const settings = { REPORT_AT: '25:00', REPORT_ZONE: 'Mars/Olympus' };
  await assert.rejects(open(settings), (error: Error) => {
    assert.match(error.message, /REPORT_AT="25:00" must be a time of day/);
    assert.match(error.message, /REPORT_ZONE="Mars\/Olympus" must be an IANA time zone/);
    return true;
  });
});
