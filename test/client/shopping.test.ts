import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';

import { adminEmail, adminPassword, stockProduct } from '#test/customer';
import { openRunningShop } from '#test/running-shop';

import { eachOf, isRefusal, NoAnswer, openShop, type Shop } from '#client';

const { url, admin } = await openRunningShop();
const password = 'correct horse battery staple';

async function signUp(options: Partial<Parameters<typeof openShop>[0]> = {}): Promise<Shop> {
  const shop = openShop({ url, ...options });
  const email = `ann-${randomUUID()}@example.com`;
  await shop.users.createUser({ email, password, username: 'Ann' });
  await shop.logIn(email, password);
  return shop;
}

const orderOf = (productId: string, token = 'tok_ok') => ({
  items: [{ productId, quantity: 1 }],
  payment: { method: 'card' as const, token },
});

/** A line that may lose the answer of a request, although the shop has done what it asked. */
function losingLine() {
  const line = { losses: 0, isDown: false, sent: 0 };
  const send: typeof fetch = async (input, init) => {
    line.sent += 1;
    const response = await fetch(input, init);
    if (!line.isDown && line.losses-- <= 0) return response;
    await response.body?.cancel();
    throw new TypeError('fetch failed');
  };
  return { line, send };
}

test('a customer signs up, orders and reads what became of it', async () => {
  const mug = await stockProduct(admin, 5);
  const ann = await signUp();
  const order = await ann.orders.createOrder(orderOf(mug));
  assert.equal(order.status, 'completed');
  assert.deepEqual((await ann.orders.getOrder({ orderId: order.id })).total, order.total);
  assert.equal((await ann.inventory.getStock({ productId: mug })).onHand, 4);
  const me = await ann.users.getUser();
  assert.deepEqual(await ann.users.getUser({ userId: me.id }), me);
});

test('a refusal says which one it is, with its facts', async () => {
  const mug = await stockProduct(admin, 0);
  const ann = await signUp();
  const refused = await ann.orders.createOrder(orderOf(mug)).catch((error: unknown) => error);
  assert.ok(isRefusal(refused, 'out_of_stock'));
  assert.equal(refused.status, 409);
  const stranger = await openShop({ url })
    .users.getUser()
    .catch((error: unknown) => error);
  assert.ok(isRefusal(stranger, 'unauthenticated'));
});

test('a command whose answer was lost is sent again with its key, and happens once', async () => {
  const mug = await stockProduct(admin, 5);
  const { line, send } = losingLine();
  const ann = await signUp({ fetch: send });
  line.losses = 2;
  const order = await ann.orders.createOrder(orderOf(mug));
  assert.equal(order.status, 'completed');
  assert.equal((await ann.inventory.getStock({ productId: mug })).onHand, 4);
});

test('a shop that cannot be heard is told apart from a refusal, with the key to try again', async () => {
  const mug = await stockProduct(admin, 5);
  const { line, send } = losingLine();
  const ann = await signUp({ fetch: send, retries: 1 });
  line.isDown = true;
  const lost = await ann.orders.createOrder(orderOf(mug)).catch((error: unknown) => error);
  assert.ok(lost instanceof NoAnswer);
  line.isDown = false;
  line.losses = 0;
  const { idempotencyKey = '' } = lost;
  const order = await ann.orders.createOrder(orderOf(mug), { idempotencyKey });
  assert.equal(order.status, 'completed');
  assert.equal((await ann.inventory.getStock({ productId: mug })).onHand, 4);
});

test('a token that has run out is renewed, once for all who wait', async () => {
  const ann = await signUp();
  const tokens = ann.session.tokens();
  assert.ok(tokens);
  ann.session.use({ ...tokens, accessToken: 'run out' });
  const names = await Promise.all([ann.users.getUser(), ann.users.getUser(), ann.users.getUser()]);
  assert.deepEqual(new Set(names.map(({ username }) => username)), new Set(['Ann']));
  assert.notEqual(ann.session.tokens()?.refreshToken, tokens.refreshToken);

  await ann.logOut();
  const after = await ann.users.getUser().catch((error: unknown) => error);
  assert.ok(isRefusal(after, 'unauthenticated'));
});

test('who logs out while a token is renewed stays logged out', async () => {
  const { promise: hasLoggedOut, resolve: loggedOut } = Promise.withResolvers<void>();
  const renewing = Promise.withResolvers<void>();
  const told: unknown[] = [];
  const slow: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (`${input}`.endsWith('/api/auth/refresh')) {
      renewing.resolve();
      await hasLoggedOut;
    }
    return response;
  };
  const ann = await signUp({ fetch: slow, onTokens: (tokens) => told.push(tokens) });
  const tokens = ann.session.tokens();
  assert.ok(tokens);
  ann.session.use({ ...tokens, accessToken: 'run out' });
  const asked = ann.users.getUser().catch((error: unknown) => error);
  await renewing.promise;
  ann.session.use(undefined);
  loggedOut();
  assert.ok(isRefusal(await asked, 'unauthenticated'));
  assert.deepEqual([ann.session.tokens(), told.at(-1)], [undefined, undefined]);
});

test('a list is walked page by page, and a stream item by item', async () => {
  const shop = openShop({ url });
  await shop.logIn(adminEmail, adminPassword);
  for (let made = 0; made < 5; made += 1) await stockProduct(admin, 1);
  const pages = eachOf((cursor) =>
    shop.catalog.listProducts({ limit: 2, ...(cursor && { cursor }) }),
  );
  const found: string[] = [];
  for await (const { id } of pages) found.push(id);
  assert.ok(found.length >= 5);
  assert.equal(new Set(found).size, found.length);

  const ann = await signUp();
  const mug = await stockProduct(admin, 1);
  const { id: orderId } = await ann.orders.createOrder(orderOf(mug));
  const states: string[] = [];
  for await (const { status } of ann.orders.watchOrder({ orderId })) {
    states.push(status);
    if (status === 'completed') break;
  }
  assert.deepEqual(states, ['pending', 'completed']);
});

test('an abort ends a call at once, and is thrown as it was given', async () => {
  const ann = await signUp();
  const reason = new Error('enough');
  const asked = ann.users.getUser({}, { signal: AbortSignal.abort(reason) });
  await assert.rejects(asked, reason);
});
