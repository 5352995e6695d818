import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { catalog } from '../contract.ts';
import { openCatalogShop } from './catalog-shop.ts';

const { listProducts } = catalog.calls;
const { invalidCursor } = catalog.errors;
const shop = await openCatalogShop();

/** A word that only one test uses: all share one shop. */
const freshWord = () => `w${randomUUID().replaceAll('-', '')}`;

test('products are listed newest first, each once, on pages of any size', async () => {
  const word = freshWord();
  const made: string[] = [];
  for (let i = 0; i < 7; i += 1) made.unshift((await shop.create({ name: `Mug ${word}` })).id);

  for (const limit of [1, 2, 3, 7, 8]) assert.deepEqual(await shop.idsOf(word, limit), made);
  const all = await shop.idsOf('', 3);
  assert.deepEqual(all.slice(0, 7), made);
});

test('what is added between two pages moves nothing that was there', async () => {
  const word = freshWord();
  const made: string[] = [];
  for (let i = 0; i < 4; i += 1) made.unshift((await shop.create({ name: word })).id);

  const one = await shop.call(listProducts, { search: word, limit: 2 });
  await shop.create({ name: word });
  const two = await shop.call(listProducts, {
    search: word,
    limit: 2,
    cursor: one.nextCursor ?? '',
  });

  assert.deepEqual(
    [...one.items, ...two.items].map(({ id }) => id),
    made,
  );
  assert.equal(two.nextCursor, null);
});

test('a search finds the beginnings of words in sku, name and description', async () => {
  const [name, text, sku] = [freshWord(), freshWord(), freshWord()];
  const { id } = await shop.create({ name: `Café ${name}!`, description: `a ${text}`, sku });

  for (const search of [name, `${name} ${text}`, name.slice(0, 20), text, sku, `CAFÉ (${name})`]) {
    assert.deepEqual(await shop.idsOf(search, 5), [id], search);
  }
  assert.deepEqual(await shop.idsOf(`${name} ${freshWord()}`, 5), []);
  assert.deepEqual(await shop.idsOf(name.slice(1), 5), []);
});

test('a search finds what a product is now called, and no longer what it was', async () => {
  const [before, after] = [freshWord(), freshWord()];
  const mug = await shop.create({ name: before });
  await shop.change(mug, { name: after });

  assert.deepEqual(await shop.idsOf(before, 5), []);
  assert.deepEqual(await shop.idsOf(after, 5), [mug.id]);
});

test('a product that nobody else found is found by words of any script', async () => {
  const word = freshWord();
  const { id } = await shop.create({ name: `茶碗 чашка ½l Straße naïve ${word}` });
  for (const search of ['茶', 'чаш', 'STRASS', 'strass', 'straße', 'NAIVE']) {
    const found = await shop.idsOf(`${search} ${word}`, 5);
    assert.deepEqual(found, /^strass$/i.test(search) ? [] : [id], search);
  }
});

test('whatever somebody types is a search', async () => {
  const word = freshWord();
  const { id } = await shop.create({ name: `mug or near not and null ${word}` });
  const typed = [
    `"${word}`,
    `${word}*`,
    `${word})(`,
    `${word} OR`,
    `NOT ${word}`,
    `${word} NEAR(`,
    `words:${word}`,
    `' & ! | <-> ${word}:*`,
    `${word} \\`,
    `%_${word}`,
    `null ${word}`,
  ];
  for (const search of typed) {
    const expected = /words:/.test(search) ? [] : [id];
    assert.deepEqual(await shop.idsOf(search, 5), expected, search);
  }
});

test('a search for no word at all shows everything', async () => {
  const { id } = await shop.create();
  const page = await shop.call(listProducts, { search: ' *"-- ', limit: 1 });
  assert.deepEqual(
    page.items.map((one) => one.id),
    [id],
  );
});

test('a cursor that this list did not make is refused', async () => {
  for (const cursor of ['x', 'bm9uc2Vuc2U', "' or 1=1"]) {
    await assert.rejects(shop.call(listProducts, { cursor }), invalidCursor.is, cursor);
  }
});
