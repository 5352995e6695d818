import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { ask, Customer, stockProduct } from '#test/customer';
import { openRunningShop } from '#test/running-shop';

const { url, admin } = await openRunningShop();
const aMug = () => ({
  sku: `mug-${randomUUID()}`,
  name: 'Mug',
  description: 'Holds tea.',
  price: { amount: 1250, currency: 'EUR' },
  metadata: { colour: 'red' },
});

test('a product is where its Location says, and its ETag saves sending it again', async () => {
  const made = await admin.ask('POST /api/products', { body: aMug() });
  assert.equal(made.status, 201);
  const location = `GET ${made.headers.get('location')}`;

  const shown = await ask(url, location);
  assert.deepEqual(shown.body, made.body);
  const etag = shown.headers.get('etag') ?? '';
  assert.equal(etag, made.headers.get('etag'));

  const again = await ask(url, location, { headers: { 'if-none-match': `"0", W/${etag}` } });
  assert.deepEqual([again.status, again.body], [304, '']);
  const other = await ask(url, location, { headers: { 'if-none-match': '"99"' } });
  assert.equal(other.status, 200);
});

test('who changes a product must say which version, and loses to who came first', async () => {
  const made = await admin.ask('POST /api/products', { body: aMug() });
  const patch = `PATCH /api/products/${made.body.id}`;
  const body = { name: 'Cup' };
  const etag = made.headers.get('etag') ?? '';

  for (const headers of [{}, { 'if-match': '*' }]) {
    const blind = await admin.ask(patch, { body, headers });
    assert.deepEqual([blind.status, blind.body.code], [428, 'if_match_required']);
  }
  const changed = await admin.ask(patch, { body, headers: { 'if-match': etag } });
  assert.deepEqual([changed.status, changed.body.name], [200, 'Cup']);
  assert.notEqual(changed.headers.get('etag'), etag);

  for (const stale of [etag, `W/${changed.headers.get('etag')}`, '"x"']) {
    const late = await admin.ask(patch, { body: { name: 'Pot' }, headers: { 'if-match': stale } });
    assert.deepEqual([late.status, late.body.code], [412, 'version_mismatch'], stale);
  }
});

test('a product can’t be given what only the shop decides', async () => {
  const made = await admin.ask('POST /api/products', { body: { ...aMug(), version: 7 } });
  assert.equal(made.status, 400);
  const { body } = await admin.ask('POST /api/products', { body: aMug() });
  const changed = await admin.ask(`PATCH /api/products/${body.id}`, {
    body: { expectedVersion: 1, sku: 'other' },
    headers: { 'if-match': '"1"' },
  });
  assert.equal(changed.status, 400);
  const fields = changed.body.errors.map(({ field }: { field: string }) => field);
  assert.deepEqual(fields.toSorted(), ['expectedVersion', 'sku']);
});

test('everybody sees products, prices and stock; administrators alone change them', async () => {
  const productId = await stockProduct(admin, 5);
  const customer = await Customer.signUp(url);
  const price = { amount: 1300, currency: 'EUR' };
  await admin.ask(`PATCH /api/products/${productId}`, {
    body: { price },
    headers: { 'if-match': '"1"' },
  });

  const prices = await ask(url, `GET /api/products/${productId}/prices`);
  assert.deepEqual(
    prices.body.items.map((entry: { price: object }) => entry.price),
    [price, { amount: 1250, currency: 'EUR' }],
  );
  const found = await ask(url, `GET /api/products?search=mug&limit=1`);
  assert.equal(found.body.items[0].id, productId);

  const changes = [
    ['POST /api/products', aMug()],
    [`PATCH /api/products/${productId}`, { name: 'Mine' }],
    [`PUT /api/inventory/${productId}`, { onHand: 0 }],
  ] as const;
  for (const [at, body] of changes) {
    const headers = { 'if-match': '"2"' };
    assert.equal((await customer.ask(at, { body, headers })).status, 403, at);
    assert.equal((await ask(url, at, { body, headers })).status, 401, at);
  }
});

test('what is not there, and what is no cursor, is said so', async () => {
  const nothing = randomUUID();
  const codes = [
    [`/api/products/${nothing}`, 404, 'unknown_product'],
    [`/api/products/${nothing}/prices`, 404, 'unknown_product'],
    [`/api/inventory/${nothing}`, 404, 'unknown_product'],
    ['/api/products?cursor=x', 400, 'invalid_cursor'],
    ['/api/products?limit=101', 400, 'invalid_request'],
    ['/api/products?sort=price', 400, 'invalid_request'],
  ] as const;
  for (const [path, status, code] of codes) {
    const answer = await ask(url, `GET ${path}`);
    assert.deepEqual([answer.status, answer.body.code], [status, code], path);
  }
});

test('a sku belongs to one product, and nobody counts less than nothing', async () => {
  const mug = aMug();
  await admin.ask('POST /api/products', { body: mug });
  const twin = await admin.ask('POST /api/products', { body: mug });
  assert.deepEqual([twin.status, twin.body.code], [409, 'sku_taken']);

  const productId = await stockProduct(admin, 5);
  const negative = await admin.ask(`PUT /api/inventory/${productId}`, { body: { onHand: -1 } });
  assert.equal(negative.status, 400);
});
