import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';

import { media } from '#contracts/media';
import type { Commit, QueryHandler } from '#kernel/handlers';
import { defineModule } from '#kernel/module';
import { openShop } from '#test/shop';
import { until } from '#test/until';

import { catalog } from '../contract.ts';
import { catalogModule } from '../module.ts';
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

test('a picture that goes while a product comes to show it is refused, and shown by nobody', async () => {
  const described = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const slow = await openShop({ modules: [slowMedia(described, released.promise), catalogModule] });
  const imageId = randomUUID();
  const price = { amount: 1250, currency: 'EUR' };
  const input = { sku: 'mug', name: 'Mug', description: '', price, imageIds: [imageId] };
  const created = slow.call(catalog.calls.createProduct, input, { as: admin });
  await described.promise;
  await slow.call(media.calls.deleteMedia, { mediaId: imageId }, { as: admin });
  await until(async () => (await slow.operator('catalog').events.lag()).inbox.rows === 0);
  await slow.settled();
  released.resolve();
  await assert.rejects(created, catalog.errors.unknownImage.is);
});

/** Says of every picture that it is there, and only when it may: as over a slow line. */
function slowMedia(described: PromiseWithResolvers<void>, released: Promise<void>) {
  const image = (id: string) => {
    const kept = { ownerId: null, format: 'png', width: 1, height: 1, bytes: 1 } as const;
    return { ...kept, id, createdAt: new Date().toISOString() };
  };
  const describeMedia: QueryHandler<typeof media.calls.describeMedia> = async (
    _read,
    { mediaIds },
  ) => {
    described.resolve();
    await released;
    return { items: mediaIds.map(image) };
  };
  const deleteMedia: Commit<typeof media.calls.deleteMedia> = (tx, { mediaId }) => {
    tx.publish(media.events.mediaDeleted({ mediaId }));
    return {};
  };
  const others = Object.keys(media.calls).map((name) => [name, describeMedia]);
  return defineModule({
    contract: media,
    calls: [],
    hears: [],
    store: { entities: [], migrations: [] },
    wire: () => ({ handlers: { ...Object.fromEntries(others), describeMedia, deleteMedia } }),
  });
}

test('pictures that go at once leave their product, whatever else of it changes', async () => {
  const stays = await shop.picture();
  const many = await Promise.all(Array.from({ length: 10 }, () => shop.picture()));
  const mug = await shop.create({ imageIds: [...many, stays] });
  const gone = many.map((mediaId) =>
    shop.call(media.calls.deleteMedia, { mediaId }, { as: admin }),
  );
  await Promise.all(gone);
  // Transactions that wait for each other in a circle would take a second for each.
  await until(async () => (await shop.show(mug.id)).imageIds.length === 1, { timeoutMs: 5_000 });
  assert.deepEqual((await shop.show(mug.id)).imageIds, [stays]);
});

test('a product whose pictures change shows the new ones from then on', async () => {
  const [before, after] = [await shop.picture(), await shop.picture()];
  const mug = await shop.create({ imageIds: [before] });
  await shop.change(mug, { imageIds: [after] });
  await shop.call(media.calls.deleteMedia, { mediaId: before }, { as: admin });
  await shop.settled();
  assert.deepEqual((await shop.show(mug.id)).imageIds, [after]);
});
