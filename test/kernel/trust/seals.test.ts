import assert from 'node:assert/strict';
import test from 'node:test';

import { movableClock } from '#test/clock';

import { entryOf, makeKey, openParty, party } from './trust-scene.ts';

const till = party('till', 'payments', 'orders');
const depot = party('depot', 'inventory');
const clock = movableClock();
const { trust: tills } = openParty(till, [], clock);
const hearer = () => openParty(depot, [entryOf(till)], clock);
const text = JSON.stringify({ type: 'payments.paymentSucceeded', note: 'ünï.s1.\u2028"' });

test('what a host seals for its module is what others read of that module', () => {
  const sealed = tills.seal('payments', text);
  assert.equal(hearer().trust.unseal('payments', sealed), text);
  assert.ok(!sealed.includes('\n'));
  assert.ok(sealed.length <= text.length + 134);
  assert.equal(hearer().trust.unseal('payments', tills.seal('payments', '')), '');
});

test('nobody seals for a module of another host', () => {
  assert.throws(() => tills.seal('inventory', text), /till has no module inventory/);
});

test('what was changed, made by others or for another module is nothing, and is audited', () => {
  const sealed = tills.seal('payments', text);
  const [version, kid, signature] = sealed.split('.') as [string, string, string];
  const stranger = openParty({ ...till, key: makeKey() }, [], clock).trust.seal('payments', text);
  const ofDepot = openParty(depot, [], clock).trust.seal('inventory', text);
  const token = tills.prove('inventory').text;
  for (const [source, forged, reason] of [
    ['payments', sealed.replace('Succeeded', 'succeeded'), 'wrong_signature'],
    ['payments', `${sealed} `, 'wrong_signature'],
    ['payments', `${version}.${kid}.${'A'.repeat(86)}.${text}`, 'wrong_signature'],
    ['payments', `${version}.${kid}.${signature}.`, 'wrong_signature'],
    ['orders', sealed, 'wrong_signature'],
    ['inventory', sealed, 'wrong_source'],
    ['payments', ofDepot, 'wrong_source'],
    ['payments', stranger, 'unknown_key'],
    ['payments', `s2${sealed.slice(2)}`, 'malformed'],
    ['payments', text, 'malformed'],
    ['payments', '', 'malformed'],
    ['payments', token, 'malformed'],
    // A seal names its source and how long that is: nothing can move from one into the text.
    ['payments', tills.seal('orders', `payments:${text}`), 'wrong_signature'],
  ] as const) {
    const { trust, audits } = hearer();
    assert.equal(trust.unseal(source, forged), undefined, reason);
    assert.deepEqual(
      audits().map((line) => [line.audit, line.reason, line.source]),
      [['sealed_text_refused', reason, source]],
    );
    assert.ok(!JSON.stringify(audits()).includes('ünï'));
  }
});

test('what a retired key has sealed is no longer read', () => {
  const until = new Date(clock.now() + 60_000).toISOString();
  const { trust, audits } = openParty(depot, [{ ...entryOf(till), until }], clock);
  const sealed = tills.seal('payments', text);
  assert.equal(trust.unseal('payments', sealed), text);
  clock.advance(60_001);
  assert.equal(trust.unseal('payments', sealed), undefined);
  assert.equal(audits().at(-1)?.reason, 'retired_key');
});
