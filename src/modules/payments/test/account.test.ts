import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';

import { users } from '#contracts/users';
import type { Commit } from '#kernel/handlers';
import { defineModule } from '#kernel/module';
import type { Actor } from '#kernel/ports/call-context';
import { until } from '#test/until';

import { payments } from '../contract.ts';
import { admin, amount, openProviderShop, type ProviderShop } from './provider-shop.ts';

const { exportAccount, getPayment, processPayment, refundPayment } = payments.calls;

type Tell = Commit<typeof users.calls.logout>;

/** Tells, in the name of users, that the account of the acting user was deleted. */
const tellDeleted: Tell = (tx, _input, { actor }) => {
  if (actor.kind === 'user') tx.publish(users.events.userDeleted({ userId: actor.id }));
  return {};
};

const usersStandIn = defineModule({
  contract: users,
  calls: [],
  hears: [],
  store: { entities: [], migrations: [] },
  wire() {
    const handlers = Object.keys(users.calls).map((name) => [name, tellDeleted]);
    return { handlers: Object.fromEntries(handlers) };
  },
});

let one: ProviderShop;

before(async () => {
  one = await openProviderShop({}, [usersStandIn]);
});

const customer = (id: string = randomUUID()): Actor & { id: string } => ({
  kind: 'user',
  id,
  roles: ['customer'],
});

const pay = (userId: string, token = 'tok_ok') =>
  one.shop.call(processPayment, {
    ...{ orderId: randomUUID(), userId, amount, method: 'card' as const },
    token,
  });

async function exported(userId: string, as: Actor) {
  const items = [];
  for await (const item of one.shop.stream(exportAccount, { userId }, { as })) items.push(item);
  return items;
}

test('an export holds every payment of a customer with its refunds, and those of nobody else', async () => {
  const [me, other] = [customer(), customer()];
  const paid = await one.settled(await pay(me.id));
  await pay(other.id);
  const refund = await one.shop.call(
    refundPayment,
    { paymentId: paid.id, amount: 700 },
    { as: admin },
  );
  const payment = await one.settled(paid);

  const expected = [
    { kind: 'payment', ...payment, refunds: [{ ...refund, status: 'succeeded' as const }] },
  ];
  assert.deepEqual(await exported(me.id, me), expected);
  assert.deepEqual(await exported(me.id, admin), expected);
  assert.deepEqual(await exported(me.id, other), []);
  assert.deepEqual(await exported(me.id, { kind: 'anyone' }), []);
});

test('an export has no last page that is forgotten', async () => {
  const me = customer();
  const paid = await Promise.all(Array.from({ length: 205 }, () => pay(me.id)));
  const ids = (await exported(me.id, me)).map(({ id }) => id);
  assert.deepEqual(ids, paid.map(({ id }) => id).sort());
});

test('the payments of a deleted account stay, under a bare id; a token on its way is used up', async () => {
  const me = customer();
  const paid = await one.settled(await pay(me.id));
  one.provider.treat(() => ({ before: 503 }));
  const doubtful = await pay(me.id, 'tok_once_mine');
  const { sagas } = one.shop.operator('payments');
  const nextTry = await until(
    async () => {
      const saga = await sagas.show(doubtful.id);
      assert.match(JSON.stringify(saga?.state), /tok_once_mine/);
      const at = saga?.nextAttemptAt ?? '';
      return Date.parse(at) > Date.now() + 1_000 && at;
    },
    { what: 'a long wait', timeoutMs: 30_000 },
  );
  one.provider.treat(() => 'well');

  await one.shop.call(users.calls.logout, { refreshToken: 'r' }, { as: me });
  const after = await one.settled(doubtful);

  const saga = await sagas.show(doubtful.id);
  assert.ok((saga?.updatedAt ?? '') < nextTry);
  assert.doesNotMatch(JSON.stringify(saga), /tok_once_mine/);
  assert.deepEqual([after.status, after.userId], ['succeeded', me.id]);
  assert.deepEqual(await one.shop.call(getPayment, { paymentId: paid.id }, { as: admin }), paid);
});
