import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { ask, stockProduct } from '#test/customer';
import { picture } from '#test/pictures';
import { openRunningShop } from '#test/running-shop';
import { until } from '#test/until';

import { isRefusal, openShop, type Shop } from '#client';

const { url, admin } = await openRunningShop();
const password = 'correct horse battery';

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error) => error.code ?? String(error),
  );

async function signUp() {
  const shop = openShop({ url });
  const email = `ann-${randomUUID()}@example.com`;
  const { id } = await shop.users.createUser({ email, password, username: 'Ann' });
  await shop.logIn(email, password);
  return { shop, email, id };
}

/** The letters of a template that were written to an address, as an administrator sees them. */
async function lettersTo(to: string, template: string) {
  const { body } = await admin.ask(`GET /api/mailbox?limit=100&to=${encodeURIComponent(to)}`);
  return (body.items as { template: string; text: string }[]).filter(
    (one) => one.template === template,
  );
}

/** The code of the newest letter: the paragraph that is nothing else. */
async function codeFrom(to: string, template: string, count = 1): Promise<string> {
  const [letter] = await until(
    async () => {
      const letters = await lettersTo(to, template);
      return letters.length >= count && letters;
    },
    { what: `${count} letters: ${template}` },
  );
  return letter?.text.split('\n\n').find((line) => /^[\w-]{40,}$/.test(line)) ?? '';
}

async function buy(shop: Shop, productId: string) {
  return await shop.orders.createOrder(
    { items: [{ productId, quantity: 1 }], payment: { method: 'card', token: 'tok_ok' } },
    { headers: { prefer: 'wait=30' } },
  );
}

test('an address is verified by its letter, and a new one takes over by its own', async () => {
  const { shop, email } = await signUp();
  await shop.users.verifyEmail({ code: await codeFrom(email, 'email_verification') });
  assert.equal((await shop.users.getUser()).emailVerified, true);

  const next = `ann-${randomUUID()}@example.com`;
  await shop.users.updateUser({ email: next, currentPassword: password });
  await shop.users.verifyEmail({ code: await codeFrom(next, 'email_verification') });
  assert.equal((await shop.users.getUser()).email, next);
  assert.equal((await lettersTo(email, 'email_changing')).length, 1);
  await openShop({ url }).logIn(next, password);
});

test('who forgot a password sets another by letter; who has it changes it and stays', async () => {
  const { shop, email } = await signUp();
  await openShop({ url }).users.requestPasswordReset({ email });
  const [code, reset] = [await codeFrom(email, 'password_reset'), 'a better horse'];
  await openShop({ url }).users.resetPassword({ code, password: reset });
  assert.equal(await codeOf(openShop({ url }).logIn(email, password)), 'invalid_credentials');
  await shop.logIn(email, reset);

  const changed = { currentPassword: reset, password: 'the best horse' };
  shop.session.use(await shop.users.changePassword(changed));
  await shop.users.getUser();
  await openShop({ url }).logIn(email, 'the best horse');
});

test('an export holds what every module keeps; a deletion leaves what the law wants', async () => {
  const mug = await stockProduct(admin, 5);
  const { shop, email, id } = await signUp();
  const order = await buy(shop, mug);
  const image = await shop.media.uploadImage({}, new Blob([await picture()]));
  const event = { id: randomUUID(), name: 'page_viewed' as const, sessionId: 'session-of-ann' };
  await shop.analytics.trackEvents({ events: [event] });
  await until(async () => (await lettersTo(email, 'order_completed')).length === 1, {
    what: 'the letter about the order',
  });

  const parts = await shop.users.exportAccount();
  const kinds = Object.entries(parts).map(([module, items]) => [
    module,
    [...new Set(items.map(({ kind }) => kind))].sort(),
  ]);
  assert.deepEqual(Object.fromEntries(kinds), {
    analytics: ['visit'],
    media: ['image'],
    notifications: ['message', 'preferences'],
    orders: ['order'],
    payments: ['payment'],
    users: ['account', 'letter', 'session'],
  });

  await shop.users.deleteAccount({ password });
  assert.equal(await codeOf(openShop({ url }).logIn(email, password)), 'invalid_credentials');
  await until(async () => (await fetch(`${url}/api/media/${image.id}`)).status === 404, {
    what: 'the picture to go',
  });
  await until(async () => (await lettersTo(email, 'order_completed')).length === 0, {
    what: 'the letters to go',
  });
  // Books are kept, and name a customer of whom nothing else is known.
  const kept = await admin.ask(`GET /api/orders/${order.id}`);
  assert.deepEqual([kept.status, kept.body.userId, kept.body.status], [200, id, 'completed']);
  assert.equal((await admin.ask(`GET /api/payments/${order.paymentId}`)).status, 200);
  assert.equal((await admin.ask(`GET /api/users/${id}`)).status, 404);

  const again = openShop({ url });
  await again.users.createUser({ email, password, username: 'Ann' });
  await again.logIn(email, password);
  const fresh = await again.users.exportAccount();
  assert.deepEqual([fresh.orders, fresh.media, fresh.analytics], [[], [], []]);
});

test('an account is deleted by who knows its password, and a token alone is not enough', async () => {
  const { shop } = await signUp();
  const refused = await shop.users.deleteAccount({ password: 'a guess' }).catch((error) => error);
  assert.ok(isRefusal(refused, 'wrong_password'));
  assert.equal((await ask(url, 'POST /api/users/me/deletion', { body: { password } })).status, 401);
  await shop.users.getUser();
});
