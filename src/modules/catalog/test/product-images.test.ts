import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';

import { media } from '#contracts/media';
import { until } from '#test/until';

import { catalog } from '../contract.ts';
import { admin, openCatalogShop } from './catalog-shop.ts';

const shop = await openCatalogShop();

test('a product shows pictures that exist, and no others', async () => {
  const imageIds = [await shop.picture(), await shop.picture()];
  const mug = await shop.create({ imageIds });
  assert.deepEqual((await shop.show(mug.id)).imageIds, imageIds);
  const { unknownImage } = catalog.errors;
  await assert.rejects(shop.create({ imageIds: [randomUUID()] }), unknownImage.is);
  await assert.rejects(shop.change(mug, { imageIds: [randomUUID()] }), unknownImage.is);
  assert.deepEqual((await shop.show(mug.id)).imageIds, imageIds);
});

test('a picture that is deleted leaves the products that showed it, and only those', async () => {
  const [gone, stays] = [await shop.picture(), await shop.picture()];
  const mug = await shop.create({ imageIds: [gone, stays] });
  const cup = await shop.create({ imageIds: [stays] });
  await shop.call(media.calls.deleteMedia, { mediaId: gone }, { as: admin });
  await until(async () => (await shop.show(mug.id)).imageIds.length === 1);
  assert.deepEqual((await shop.show(mug.id)).imageIds, [stays]);
  assert.equal((await shop.show(mug.id)).version, mug.version + 1);
  assert.deepEqual(await shop.show(cup.id), cup);
});

test('a product whose pictures change shows the new ones from then on', async () => {
  const [before, after] = [await shop.picture(), await shop.picture()];
  const mug = await shop.create({ imageIds: [before] });
  await shop.change(mug, { imageIds: [after] });
  await shop.call(media.calls.deleteMedia, { mediaId: before }, { as: admin });
  await shop.settled();
  assert.deepEqual((await shop.show(mug.id)).imageIds, [after]);
});
