import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

import { type AnyContract, command, defineContract, query } from '#kernel/contract';
import { Type } from '#kernel/schema';
import { contractBook } from '#kernel/versions/contract-book';

import { before, changes } from './changes.ts';

const shop = defineContract('shop', { calls: {}, events: {}, errors: {} });

function bookOf(contract: AnyContract, of: { calls?: boolean; hears?: boolean }) {
  const calls = of.calls ? [contract] : [];
  const hears = of.hears ? [contract] : [];
  const modules = [{ contract: shop, calls, hears }];
  return contractBook({ contracts: [shop, contract], modules, granted: {} });
}

const user = bookOf(before, { calls: true, hears: true });
const exportedOf = (contract: AnyContract) => String(bookOf(contract, {}).exported('stock'));

test('the same contract has the same fingerprint, in whatever order and words it is written', () => {
  const { calls, events } = before;
  const shape = (call: { input: object; output: object }) => ({
    input: JSON.parse(JSON.stringify(call.input)),
    output: JSON.parse(JSON.stringify(call.output)),
  });
  const reordered = defineContract('stock', {
    calls: {
      look: query('Something else.', shape(calls.look)),
      reserve: command('Something else.', shape(calls.reserve)),
    },
    events: {
      counted: { summary: 'x', subject: events.counted.subjectField, data: events.counted.schema },
      reserved: { summary: 'x', subject: 'sku', data: events.reserved.schema },
    } as never,
    errors: {
      closed: { ...before.errors.closed, details: undefined, title: 'Another title.' },
      outOfStock: {
        kind: 'conflict',
        title: 'x',
        details: Type.Object({ left: Type.Integer({ description: 'What is left.' }) }),
      },
    },
  });
  assert.match(String(user.fingerprint('stock')), /^[0-9a-f]{64}$/);
  assert.equal(bookOf(reordered, {}).fingerprint('stock'), user.fingerprint('stock'));
  assert.equal(user.fingerprint('nothing'), undefined);
});

test('every other version has another fingerprint', () => {
  const { 'another sentence of documentation': same, ...others } = changes;
  const prints = Object.values(others).map((one) => bookOf(one, {}).fingerprint('stock'));
  assert.equal(new Set([user.fingerprint('stock'), ...prints]).size, prints.length + 1);
  assert.equal(bookOf(same, {}).fingerprint('stock'), user.fingerprint('stock'));
});

test('only what is used counts: who calls nothing is indifferent to calls, who hears nothing to events', () => {
  const caller = bookOf(before, { calls: true });
  const hearer = bookOf(before, { hears: true });
  const noCall = exportedOf(changes['a call is gone']);
  const noField = exportedOf(changes['a field of an event is gone']);
  assert.match(String(caller.incompatibility('stock', noCall)), /may call it/);
  assert.equal(hearer.incompatibility('stock', noCall), undefined);
  assert.equal(caller.incompatibility('stock', noField), undefined);
  assert.match(String(hearer.incompatibility('stock', noField)), /data field left/);
  const failures = exportedOf(changes['a failure is of another kind']);
  assert.equal(hearer.incompatibility('stock', failures), undefined);
});

test('the gateway uses the calls of its routes, and no more', () => {
  const door = (call: keyof typeof before.calls) =>
    contractBook({
      contracts: [before],
      modules: [],
      granted: { gateway: [before.calls[call]] },
    });
  const noReserve = exportedOf(changes['a call is gone']);
  assert.equal(door('look').incompatibility('stock', noReserve), undefined);
  assert.match(String(door('reserve').incompatibility('stock', noReserve)), /stock\.reserve/);
});

test('a host that has nothing to do with a contract gets on with every version of it', () => {
  const stranger = contractBook({ contracts: [shop], modules: [], granted: {} });
  assert.equal(stranger.incompatibility('stock', exportedOf(before)), undefined);
  assert.equal(
    bookOf(before, {}).incompatibility('stock', exportedOf(changes['a call is gone'])),
    undefined,
  );
});

test('of several differences the first is told, and how many more there are', () => {
  const empty = defineContract('stock', { calls: {}, events: {}, errors: {} });
  assert.equal(
    user.incompatibility('stock', exportedOf(empty)),
    'stock.reserve: this host may call it, and the other host does not have it. And 1 more.',
  );
});

test('what is no contract, or another one, is told and breaks nothing', () => {
  const parts = { contract: 'stock', calls: {}, events: {}, failures: {} };
  const deep = JSON.parse(`${'{"items":'.repeat(60)}{}${'}'.repeat(60)}`);
  const withDeep = { ...parts, calls: { look: { kind: 'query', input: deep, output: {} } } };
  for (const [text, words] of [
    ['', /can not be read as a contract: it is no JSON/],
    ['null', /it has no name/],
    [JSON.stringify({ ...parts, contract: 'shop' }), /shows another contract instead/],
    [JSON.stringify({ contract: 'stock' }), /it has no calls/],
    [JSON.stringify({ ...parts, calls: { look: 1 } }), /look in its calls is nothing/],
    [JSON.stringify({ ...parts, calls: { look: { kind: 'query' } } }), /is no object/],
    [JSON.stringify(withDeep), /nested more than 40 levels deep/],
    ['{"contract":"stock","calls":{"__proto__":{"kind":"query"}},"events":{},"failures":{}}', /./],
    [JSON.stringify(parts), /stock\.reserve: this host may call it/],
  ] as const) {
    assert.match(String(user.incompatibility('stock', text)), words, text.slice(0, 60));
  }
  assert.equal(Object.hasOwn(Object.prototype, 'kind'), false);
});

test('where the rules know a keyword of neither side they say no, unless both say the same', () => {
  const text = exportedOf(before).replace('"maxLength":40,"pattern"', '"not":{},"pattern"');
  assert.match(String(user.incompatibility('stock', text)), /input field sku|input field lines/);
  assert.equal(user.incompatibility('stock', `${exportedOf(before)} `), undefined);
});

test('every contract of the shop is its own equal after a journey over the wire, and compatible with itself', async () => {
  const files = globSync('src/modules/*/contract.ts', {
    cwd: new URL('../../..', import.meta.url),
  });
  const loaded = files.map((file) => import(String(pathToFileURL(file))));
  const contracts = (await Promise.all(loaded)).flatMap((one: object) =>
    Object.values(one).filter((value) => value?.calls && value?.events),
  ) as AnyContract[];
  assert.ok(contracts.length >= 10);
  for (const contract of contracts) {
    const book = contractBook({
      contracts: [contract],
      modules: [{ contract: shop, calls: [contract], hears: [contract] }],
      granted: {},
    });
    // Other blanks, so that it is really compared.
    const spaced = JSON.stringify(JSON.parse(String(book.exported(contract.name))), null, 1);
    assert.equal(book.incompatibility(contract.name, spaced), undefined);
  }
});
