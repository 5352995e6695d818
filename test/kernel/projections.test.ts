import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Making, openBooks, saleId, till } from '#test/books';
import { until } from '#test/until';

test('what was published becomes rows, in order, and says how fresh they are', async () => {
  const shop = await openBooks();
  for (let n = 1; n <= 5; n += 1) await shop.sell(n, 100);
  await shop.correct(3, 40);
  await shop.reaches(440);
  const { asOf, problem, generation } = await shop.total();
  assert.deepEqual([problem, generation], [null, 1]);
  assert.ok(Number.isFinite(Date.parse(asOf ?? '')));
});

test('rebuilt while sales go on, it comes to the same, and the old rows go', async () => {
  const shop = await openBooks();
  for (let n = 1; n <= 250; n += 1) await shop.sell(n, n);
  assert.equal(await shop.rebuild(), true);
  for (let n = 251; n <= 300; n += 1) await shop.sell(n, n);
  await shop.correct(1, 1001);
  await shop.reaches((300 * 301) / 2 + 1000);
  await shop.isWhole();
  const { generation, sales, cents } = await shop.total();
  assert.deepEqual([generation, sales, cents], [2, 300, (300 * 301) / 2 + 1000]);
  assert.equal(await shop.operator('books').projections.rebuild('nothing'), false);
});

test('a new version in the code rebuilds by itself', async () => {
  const first = await openBooks();
  for (let n = 1; n <= 10; n += 1) await first.sell(n, 10);
  await first.reaches(100);
  await first.stop();
  const second = await openBooks({ version: 2, times: 3 }, first.place);
  await second.reaches(300);
  await second.sell(11, 10);
  await second.reaches(330);
  assert.equal((await second.total()).generation, 2);
});

test('rows of a newer version are left as they are, and their status says so', async () => {
  const newer = await openBooks({ version: 2 });
  await newer.sell(1, 10);
  await newer.reaches(10);
  await newer.stop();
  const older = await openBooks({}, newer.place);
  await older.sell(2, 10);
  const { problem } = await until(async () => {
    const told = await older.total();
    return told.problem !== null && told;
  });
  assert.match(problem ?? '', /of version 2, and this process makes version 1/);
  assert.equal((await older.total()).cents, 10);
});

test('an event that can not be applied stops its projection, with its cause, until that is mended', async () => {
  const making: Making = { poison: saleId(3) };
  const shop = await openBooks(making);
  for (let n = 1; n <= 5; n += 1) await shop.sell(n, 100);
  // What came before it gets in.
  await shop.reaches(200);
  await until(async () => (await shop.total()).problem !== null);
  const { problem, cents } = await shop.total();
  assert.match(problem ?? '', /can not be booked/);
  assert.equal(cents, 200);
  making.poison = undefined;
  await shop.reaches(500);
  await until(async () => (await shop.total()).problem === null);
});

test('what is published meanwhile does not hurry a projection that stands still', async () => {
  const making: Making = { poison: saleId(1) };
  const shop = await openBooks(making);
  await shop.sell(1, 100);
  await until(async () => (await shop.total()).problem !== null);
  const before = making.tries ?? 0;
  for (let n = 2; n <= 41; n += 1) {
    await shop.sell(n, 100);
    await shop.settled();
  }
  // Each was heard by itself; with pauses that double, there is no time for so many tries.
  const tries = (making.tries ?? 0) - before;
  assert.ok(tries < 20, `${tries} tries while 40 events came`);
});

test('a rebuild ends though its owner keeps nothing at all, and hears what comes after', async () => {
  const shop = await openBooks();
  for (let n = 1; n <= 4; n += 1) await shop.sell(n, 100);
  await shop.reaches(400);
  await shop.settled();
  await shop.call(till.calls.forget, {});
  await shop.rebuild();
  await shop.isWhole();
  const { generation, cents } = await shop.total();
  assert.deepEqual([generation, cents], [2, 400]);
  await shop.sell(5, 100);
  await shop.correct(5, 60);
  await shop.reaches(460);
});

test('what its owner no longer keeps is carried over by a rebuild', async () => {
  const shop = await openBooks();
  for (let n = 1; n <= 4; n += 1) await shop.sell(n, 100);
  await shop.reaches(400);
  await shop.settled();
  await shop.call(till.calls.forget, {});
  assert.deepEqual(await shop.published(till), []);
  await shop.sell(5, 100);
  await shop.correct(5, 60);
  await shop.settled();
  await shop.rebuild();
  await shop.isWhole();
  const { generation, cents } = await shop.total();
  assert.deepEqual([generation, cents], [2, 460]);
});
