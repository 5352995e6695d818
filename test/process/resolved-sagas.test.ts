import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { jam } from '#test/jam';
import { shopEnvironment } from '#test/running-shop';
import { openTopology } from '#test/running-topology';
import { seamline } from '#test/seamline';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

const dataDir = temporaryFolder(fileEnd);
const how = ['--as', 'completed', '--note', 'looked at, by Ada'];

let url: string;
let databaseUrl: string | undefined;

before(async () => {
  const env = await shopEnvironment(dataDir);
  databaseUrl = env.DATABASE_URL;
  const shop = await openTopology(env);
  fileEnd.after(() => shop.stop());
  url = shop.url;
});

const operate = (...args: string[]) => seamline(['sagas', ...args], { DATA_DIR: dataDir });

test('an order whose checkout an operator has completed is shown so, and mailed to its customer', async () => {
  const productId = await stockProduct(await logInAdmin(url), 5);
  const customer = await Customer.signUp(url);
  const place = { folder: dataDir, databaseUrl };
  const when = "new.status = 'completed'";
  const free = await jam(place, { module: 'orders', table: 'orders', when });
  const placed = await customer.ask('POST /api/orders', {
    body: { items: [{ productId, quantity: 1 }], payment: { method: 'card', token: 'tok_ok' } },
    headers: { 'idempotency-key': 'one', prefer: 'wait=0' },
  });
  assert.equal(placed.status, 202);
  const { id } = placed.body;
  await until(
    async () => {
      await operate('resume', id);
      return (await operate('list', '--state', 'manual')).out.includes(id);
    },
    { what: 'the checkout to need a person', timeoutMs: 60_000 },
  );

  const refused = await operate('resolve', id, ...how);
  assert.equal(refused.code, 1);
  assert.match(refused.complaint, /can not be ended so\. complete: .*jammed/);
  assert.equal((await customer.ask(`GET /api/orders/${id}`)).body.status, 'pending');
  await free();
  assert.match((await operate('resolve', id, ...how)).out, /ended as completed/);

  const { body: order } = await customer.ask(`GET /api/orders/${id}`);
  assert.deepEqual([order.status, typeof order.paymentId], ['completed', 'string']);
  await until(async () => {
    const { items } = (await customer.ask('GET /api/notifications')).body;
    return items.some(({ template }: { template: string }) => template === 'order_completed');
  });
});
