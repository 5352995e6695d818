import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { startApp } from '#test/app-process';
import { adminEmail, adminPassword, Customer, logInAdmin, stockProduct } from '#test/customer';
import { freePort } from '#test/free-port';
import { everyPage } from '#test/oracles';
import { seededRandom } from '#test/random';
import { seamline } from '#test/seamline';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { audit, initialUnits } from '../faults/audit.ts';
import { placeOrders } from '../faults/order-load.ts';
import { sandboxOutside } from '../faults/outside-provider.ts';
import { type Unfinished, unfinishedIn } from './shop-files.ts';

const shop = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, DEMO: '0' };
/** Each is a chance of about one half to find everything under way. */
const mostBackups = 12;

test('a backup taken under orders is a shop in itself: money, stock and mails are exact', async (t) => {
  const [port, dataDir] = [await freePort(), temporaryFolder(t)];
  const app = await startApp({ port, dataDir, env: shop });
  t.after(() => app.kill());
  const productId = await stockProduct(await logInAdmin(app.url), initialUnits);
  const customers = await Customer.signUpMany(app.url, 6);
  const known = await Customer.signUp(app.url);
  const key = randomUUID();
  const item = [{ productId, quantity: 1 }];
  const { body: order } = await known.order(item, 'tok_ok', key);
  assert.equal(order.status, 'completed');
  const load = placeOrders({
    ...sandboxOutside(dataDir),
    customers,
    productId,
    random: seededRandom(5),
  });

  const backups = temporaryFolder(t);
  const { folder, unfinished } = await backUpUntilUnfinished(dataDir, backups, () => {
    assert.ok(load.inFlight() > 0, 'orders were on their way');
  });
  t.diagnostic(JSON.stringify(unfinished));
  const placed = await load.finish();
  assert.doesNotMatch(app.output(), /a group of transactions failed/, 'no write was refused');
  await app.kill();

  const restored = join(temporaryFolder(t), 'data');
  const { code, output } = await seamline(['data', 'restore', '--from', folder], {
    DATA_DIR: restored,
  });
  assert.equal(code, 0, output);
  assert.match(output, /is as it was at .*Z: 9 stores and \d+ files\. Start the shop on it\./);
  const next = await startApp({ port, dataDir: restored, env: shop });
  t.after(() => next.kill());
  assert.equal((await known.order(item, 'tok_ok', key)).body.id, order.id);
  const everybody = [...customers, known];
  const there = new Set((await Promise.all(everybody.map(orderIds))).flat());
  const all = [...placed, { orderId: order.id as string, isCancelled: false }];
  const kept = all.filter(({ orderId }) => there.has(orderId));
  assert.ok(kept.length > 1 && kept.length < all.length, 'the backup was taken in between');
  const report = await audit(next.url, sandboxOutside(restored), {
    productId,
    customers: everybody,
    placed: kept,
  });
  t.diagnostic(JSON.stringify({ ...report, placedInAll: all.length }));
  assert.ok(report.completed > 0);
});

test('a shop that was killed or stopped is backed up as it is, and a manifest says what is there', async (t) => {
  const [port, dataDir, backups] = [await freePort(), temporaryFolder(t), temporaryFolder(t)];
  const app = await startApp({ port, dataDir, env: shop });
  t.after(() => app.kill());
  await stockProduct(await logInAdmin(app.url), 5);
  await app.kill();
  const killed = await backUp(dataDir, join(backups, 'killed'));
  const again = await startApp({ port, dataDir, env: shop });
  assert.equal(await again.stop(), 0);
  const stopped = await backUp(dataDir, join(backups, 'stopped'));
  for (const folder of [killed, stopped]) {
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    assert.equal(manifest.format, 1);
    assert.ok(Math.abs(Date.parse(manifest.takenAt) - Date.now()) < 120_000);
    const catalog = manifest.modules.find(({ module }: { module: string }) => module === 'catalog');
    assert.equal(catalog.file, 'catalog.sqlite');
    assert.equal(catalog.rows.products, 1);
    assert.match(catalog.schemaVersion, /^\d{4}-/);
    assert.match(catalog.sha256, /^[0-9a-f]{64}$/);
    const files = manifest.files.map(({ file }: { file: string }) => file);
    assert.ok(files.includes('operator.token'));
    assert.ok(!files.some((file: string) => /sqlite|\.url$/.test(file)), String(files));
    assert.deepEqual(manifest.elsewhere, []);
  }
});

type Found = { readonly folder: string; readonly unfinished: Unfinished };

async function backUpUntilUnfinished(
  dataDir: string,
  backups: string,
  check: () => void,
): Promise<Found> {
  for (let at = 0; at < mostBackups; at += 1) {
    check();
    const folder = await backUp(dataDir, join(backups, `${at}`));
    const unfinished = unfinishedIn(folder);
    const { sagas, events, orders } = unfinished;
    if (sagas > 0 && events > 0 && orders > 0) return { folder, unfinished };
  }
  throw new Error(`No backup of ${mostBackups} found sagas, events and orders under way.`);
}

async function backUp(dataDir: string, folder: string): Promise<string> {
  const { code, output } = await seamline(['data', 'backup', '--to', folder], {
    DATA_DIR: dataDir,
  });
  assert.equal(code, 0, output);
  assert.match(output, /9 stores and \d+ files .*\nCommits were held for \d+\.\d ms/);
  return folder;
}

async function orderIds(customer: Customer): Promise<string[]> {
  await customer.logIn();
  const orders = await until(() => everyPage<{ id: string }>(customer, '/api/orders'));
  return orders.map(({ id }) => id);
}
