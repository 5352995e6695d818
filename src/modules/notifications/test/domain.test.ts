import assert from 'node:assert/strict';
import { test } from 'node:test';

import { moneyText } from '#kernel/money-text';

import { notifications, Template, type Template as TemplateName } from '../contract.ts';
import { safeAddress, safeHeader } from '../domain/address.ts';
import { writeLetter } from '../domain/letters.ts';
import { beforeId, pageOf } from '../domain/page-place.ts';

const { unsafeAddress, unsafeHeader, missingData, invalidCursor } = notifications.errors;

const data = {
  ...{ username: 'Ada', orderId: 'o-1', total: '€12.50', reason: 'it rained.', text: 'Hello.' },
  ...{
    code: 'abc',
    expiresAt: '2026-11-23T14:30:00.000Z',
    to: 'ada@example.com',
    what: 'password',
  },
  ...{ day: '2026-11-22', zone: 'UTC', orders: '1', gross: '€1', refunds: '€0', newCustomers: '2' },
};
const templates = Template.enum as readonly TemplateName[];

test('every template says the same as text and as HTML', () => {
  for (const template of templates) {
    const { subject, text, html } = writeLetter(template, data);
    assert.ok(subject.length > 0);
    const said = html.match(/<p>.*<\/p>/g)?.map((line) => line.slice(3, -4));
    assert.deepEqual(said, text.trimEnd().split('\n\n'), template);
  }
});

test('a subject names an order by the end of its id, and the letter by all of it', () => {
  const orderId = '01a2152c-b1ac-735b-b121-e4c6679a44eb';
  const { subject, text } = writeLetter('order_completed', { ...data, orderId });
  assert.equal(subject, 'Your order 679a44eb is complete');
  assert.ok(text.includes(orderId));
});

test('whatever a name says, in HTML it is text', () => {
  const username = `<img src=x onerror="alert('hi')"> & co`;
  const { html, text } = writeLetter('welcome', { username });
  assert.ok(html.includes('&lt;img src=x onerror=&quot;alert(&#39;hi&#39;)&quot;&gt; &amp; co'));
  assert.ok(text.includes(username));
});

test('a template names everything that it lacks, and is not content with what objects inherit', () => {
  assert.throws(
    () => writeLetter('order_completed', { username: 'Ada' }),
    (error) => missingData.is(error) && error.details.missing.join() === 'orderId,total',
  );
});

test('data that would begin a header of its own is refused', () => {
  for (const orderId of ['1\r\nBcc: x@example.com', '1\nX: y', '1\0', '1\u0085', '1\u2028']) {
    assert.throws(() => writeLetter('order_completed', { ...data, orderId }), unsafeHeader.is);
  }
  assert.equal(safeHeader('Größe 🎉'), 'Größe 🎉');
});

test('an address is one mailbox and nothing else', () => {
  for (const to of ['ada@example.com', 'a.b+c@x.y', 'é@ü.example'])
    assert.equal(safeAddress(to), to);
  for (const to of [
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com, eve@example.com',
    'Ada <ada@example.com>',
    'group: ada@example.com;',
    '"ada"@example.com',
    'ada@@example.com',
    '@example.com',
    `${'a'.repeat(250)}@b.cd`,
  ]) {
    assert.throws(() => safeAddress(to), unsafeAddress.is, to);
  }
});

test('money is written with the digits of its currency', () => {
  assert.equal(moneyText({ amount: 1250, currency: 'EUR' }), '€12.50');
  assert.equal(moneyText({ amount: 1250, currency: 'JPY' }), '¥1,250');
  assert.match(moneyText({ amount: 1250, currency: 'BHD' }), /1\.250$/);
});

test('a page ends where the next begins, and only a list’s own cursor is taken', () => {
  const ids = ['01a20575-91c9-76a5-bd42-56fc3e475dd5', '01a20575-91c9-76a5-bd42-56fc3e475dd4'];
  const { items, nextCursor } = pageOf(
    ids.map((id) => ({ id })),
    1,
  );
  assert.deepEqual(items, [{ id: ids[0] }]);
  assert.equal(beforeId(nextCursor ?? undefined), ids[0]);
  assert.equal(pageOf([{ id: 'a' }], 1).nextCursor, null);
  assert.throws(() => beforeId('MScgb3IgMT0x'), invalidCursor.is);
});
