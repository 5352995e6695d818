import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { type AnyContract, defineContract } from '#kernel/contract';
import { compareVersions } from '#kernel/versions/compare-versions';
import { contractBook } from '#kernel/versions/contract-book';
import { exportContract } from '#kernel/versions/exported-contract';

import { before, changes } from './changes.ts';

const shop = defineContract('shop', { calls: {}, events: {}, errors: {} });

/** The host of a module that calls and hears the contract. */
export function userOf(contract: AnyContract) {
  const module = { contract: shop, calls: [contract], hears: [contract] };
  return contractBook({ contracts: [shop, contract], modules: [module], granted: {} });
}

/** The host that the module itself runs in. */
export function providerOf(contract: AnyContract) {
  const module = { contract, calls: [], hears: [] };
  return contractBook({ contracts: [contract], modules: [module], granted: {} });
}

/** What a host with the one version, and one with the other, say of each other. */
function verdict(user: AnyContract, provider: AnyContract): string {
  const [ours, theirs] = [userOf(user), providerOf(provider)];
  const told = ours.incompatibility('stock', String(theirs.exported('stock')));
  const toldByOther = theirs.incompatibility('stock', String(ours.exported('stock')));
  assert.equal(toldByOther === undefined, told === undefined, 'both sides are of one mind');
  return told ?? 'works';
}

const works = 'works';

/** By change: what a user of the version before says, then what a provider of it makes of new users. */
const verdicts: Readonly<Record<keyof typeof changes, readonly [string, string]>> = {
  'another sentence of documentation': [works, works],
  'a new call': [works, 'stock.count: this host may call it, and the other host does not have it.'],
  'a call is gone': [
    'stock.reserve: this host may call it, and the other host does not have it.',
    works,
  ],
  'a call is of another kind': [
    'stock.look: it is a query for this host, and a stream for the other host.',
    'stock.look: it is a stream for this host, and a query for the other host.',
  ],

  'a new optional field in an input': [works, works],
  'a new field in an input': [
    'stock.reserve, input field gift: this host does not send it, and the other host needs it.',
    works,
  ],
  'a field of an input becomes optional': [
    works,
    'stock.reserve, input field quantity: this host may leave it out, and the other host needs it.',
  ],
  'a field of an input is gone': [
    works,
    'stock.reserve, input field quantity: this host does not send it, and the other host needs it.',
  ],
  'a limit of an input is wider': [
    works,
    'stock.reserve, input field quantity: this host sends a whole number from 1 to 500, and the other host takes a whole number from 1 to 100.',
  ],
  'a limit of an input is narrower': [
    'stock.reserve, input field quantity: this host sends a whole number from 1 to 100, and the other host takes a whole number from 1 to 50.',
    works,
  ],
  'a new word in an input': [
    works,
    'stock.reserve, input field speed: this host may send "now", and the other host takes "fast" or "slow".',
  ],
  'a word of an input is gone': [
    'stock.reserve, input field speed: this host may send "slow", and the other host takes "fast".',
    works,
  ],
  'another pattern': [
    'stock.reserve, input field sku: this host sends text of up to 40 characters that matches ^[a-z]+$, and the other host takes text of up to 40 characters that matches ^[a-z-]+$.',
    'stock.reserve, input field sku: this host sends text of up to 40 characters that matches ^[a-z-]+$, and the other host takes text of up to 40 characters that matches ^[a-z]+$.',
  ],
  'a new optional field in an object without other fields': [
    works,
    'stock.reserve, input field lines[].gift: this host may send it, and the other host refuses what it does not know.',
  ],

  'a new field in an answer': [
    works,
    'stock.reserve, answer field place: the other host does not send it, and this host needs it.',
  ],
  'a new optional field in an answer': [works, works],
  'a field of an answer is gone': [
    'stock.reserve, answer field left: the other host does not send it, and this host needs it.',
    works,
  ],
  'a field of an answer becomes optional': [
    'stock.reserve, answer field left: the other host may leave it out, and this host needs it.',
    works,
  ],
  'a field of an answer may be null': [
    'stock.reserve, answer field left: the other host sends null, and this host takes a whole number from 0.',
    works,
  ],
  'a new word in an answer': [
    'stock.reserve, answer field state: the other host may send "lost", and this host takes "held" or "sold".',
    works,
  ],
  'a text of an answer may be longer': [
    'stock.reserve, answer field name: the other host sends text of up to 80 characters, and this host takes text of up to 40 characters.',
    works,
  ],
  'a field within a field is of another type': [
    'stock.reserve, answer field price.amount: the other host sends a number, and this host takes a whole number.',
    works,
  ],

  'a new failure': [works, works],
  'a failure is gone': [works, works],
  'a failure is of another kind': [
    'stock, failure closed: it means unavailable for this host, and forbidden for the other host.',
    'stock, failure closed: it means forbidden for this host, and unavailable for the other host.',
  ],
  'a new field in the details of a failure': [
    works,
    'stock, failure out_of_stock, details field sku: the other host does not send it, and this host needs it.',
  ],

  'a new event': [works, works],
  'an event is gone': [works, works],
  'a new field in an event': [
    works,
    'stock.reserved, data field shelf: the other host does not send it, and this host needs it.',
  ],
  'a new optional field in an event': [works, works],
  'a field of an event is gone': [
    'stock.reserved, data field left: the other host does not send it, and this host needs it.',
    works,
  ],
  'an event is ordered by another field': [
    'stock.reserved: this host hears it in the order of sku, and the other host publishes it in that of bin.',
    'stock.reserved: this host hears it in the order of bin, and the other host publishes it in that of sku.',
  ],
};

for (const [change, [oldUser, newUser]] of Object.entries(verdicts)) {
  const changed = changes[change as keyof typeof changes];

  test(`${change}: a new provider for an old user`, () => {
    assert.equal(verdict(before, changed), oldUser);
  });

  test(`${change}: an old provider for a new user`, () => {
    assert.equal(verdict(changed, before), newUser);
  });
}

const guide = readFileSync(
  new URL('../../../docs/guides/changing-a-contract.md', import.meta.url),
  'utf8',
);

test('the guide says of every change what is so, and of no other', () => {
  const rows = [...guide.matchAll(/^\| (an? .+?|another .+?) \| (\w+) \| (\w+) \| (\w+) \|$/gm)];
  const word = (told: string | undefined) => (told === works ? works : 'breaks');
  const checked = ([name, changed]: [string, AnyContract]) => {
    const { breaks } = compareVersions([exportContract(changed)], [exportContract(before)]);
    const [oldUser, newUser] = verdicts[name as keyof typeof changes];
    return [name, word(oldUser), word(newUser), breaks.length > 0 ? 'breaks' : 'passes'];
  };
  assert.deepEqual(
    rows.map(([, name, ...words]) => [name?.trim(), ...words]).sort(),
    Object.entries(changes).map(checked).sort(),
  );
});

test('what the guide shows an operator is what an operator gets to read', () => {
  const quoted = [...guide.matchAll(/^> (stock.+)$/gm)].map(([, sentence]) => sentence);
  const all = Object.values(verdicts).flat();
  assert.ok(quoted.length >= 3);
  for (const sentence of quoted) assert.ok(all.includes(String(sentence)), sentence);
});
