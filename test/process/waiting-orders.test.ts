import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { startApp } from '#test/app-process';
import { adminEmail, adminPassword, Customer, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { startPaymentProvider } from '#test/payment-provider';
import { doorAndTwoMore, startSplit } from '#test/split-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

const ledger = join(temporaryFolder(fileEnd), 'ledger.jsonl');
const provider = await startPaymentProvider(fileEnd, { ledger });
const env = {
  PAYMENT_PROVIDER: 'http',
  PAYMENT_PROVIDER_URL: provider.url,
  PAYMENT_PROVIDER_KEY: provider.key,
  PAYMENT_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
  ADMIN_EMAIL: adminEmail,
  ADMIN_PASSWORD: adminPassword,
  DEMO: '0',
};

/** Places an order whose charge stays pending. Its answer is half a minute away. */
async function placeOrder(url: string) {
  const productId = await stockProduct(await logInAdmin(url), 5);
  const customer = await Customer.signUp(url);
  const known = provider.books.charges.length;
  const answer = customer.order([{ productId, quantity: 1 }], 'tok_pending');
  await until(() => provider.books.charges.length > known, { what: 'the charge' });
  return { answer };
}

test('who waits for an order is told that it is pending when the shop stops', async (t) => {
  const shop = await startApp({ port: await freePort(), dataDir: temporaryFolder(t), env });
  const { answer } = await placeOrder(shop.url);
  const [{ status, body, headers }, code] = await Promise.all([answer, shop.stop()]);
  assert.deepEqual([status, body.status, code], [202, 'pending', 0]);
  assert.equal(headers.get('location'), `/api/orders/${body.id}`);
});

for (const leaves of ['front', 'orders'] as const) {
  test(`who waits for an order is told that it is pending when the host of ${leaves} stops`, async (t) => {
    const dataDir = temporaryFolder(t);
    const shop = await startSplit({ hosts: doorAndTwoMore, dataDir, env });
    t.after(() => shop.stop());
    const { answer } = await placeOrder(shop.urls[0] ?? '');
    const host = shop.hosts.find(({ name }) => name === leaves);
    const [{ status, body }, code] = await Promise.all([answer, host?.stop()]);
    assert.deepEqual([status, body.status, code], [202, 'pending', 0]);
  });
}
