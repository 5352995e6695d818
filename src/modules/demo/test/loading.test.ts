import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import sharp from 'sharp';

import { catalog } from '#contracts/catalog';
import { inventory } from '#contracts/inventory';
import { media } from '#contracts/media';
import { openShop, type Place } from '#test/shop';

import { catalogModule } from '../../catalog/module.ts';
import { inventoryModule } from '../../inventory/module.ts';
import { mediaModule } from '../../media/module.ts';
import { demo } from '../contract.ts';
import { goods } from '../domain/goods.ts';
import { demoModule } from '../module.ts';

const modules = [mediaModule, catalogModule, inventoryModule, demoModule];

async function open(settings: Readonly<Record<string, string>> = {}, place?: Place) {
  const shop = await openShop({ modules, settings, ...(place && { place }) });
  return {
    ...shop,
    state: async () => (await shop.call(demo.calls.showDemo, {})).state,
    products: async () => (await shop.call(catalog.calls.listProducts, { limit: 100 })).items,
  };
}

test('an empty shop is filled once: products with a picture each, on their shelves', async () => {
  const shop = await open();
  await shop.settled();
  assert.deepEqual(await shop.call(demo.calls.showDemo, {}), {
    state: 'loaded',
    products: 30,
    of: 30,
  });
  const products = await shop.products();
  assert.equal(products.length, goods.length);
  for (const { id, sku, imageIds } of products) {
    const good = goods.find((one) => one.sku === sku);
    const { onHand } = await shop.call(inventory.calls.getStock, { productId: id });
    assert.equal(onHand, good?.onHand, sku);
    assert.equal(imageIds.length, 1);
  }
  const [mediaId = ''] = products[0]?.imageIds ?? [];
  const { bytes } = await shop.download(media.calls.getImage, { mediaId, w: 100 });
  assert.equal((await sharp(bytes).metadata()).width, 100);
});

test('a restart in the middle of loading ends with every product once', async () => {
  const first = await open();
  await first.stop();
  const again = await open({}, first.place);
  await again.settled();
  const skus = (await again.products()).map(({ sku }) => sku);
  assert.deepEqual([...skus].sort(), goods.map(({ sku }) => sku).sort());
});

test('a shop that has products already is left alone, and so is one that wants none', async () => {
  const shop = await openShop({ modules: [mediaModule, catalogModule, inventoryModule] });
  const price = { amount: 100, currency: 'EUR' };
  await shop.call(catalog.calls.createProduct, { sku: 'own', name: 'Own', description: '', price });
  await shop.stop();
  const filled = await open({}, shop.place);
  await filled.settled();
  assert.equal(await filled.state(), 'not_empty');
  assert.equal((await filled.products()).length, 1);

  for (const settings of [{ DEMO: '0' }, { NODE_ENV: 'production' }]) {
    const empty = await open(settings);
    await empty.settled();
    assert.equal(await empty.state(), 'off');
    assert.deepEqual(await empty.products(), []);
  }
});

test('every product of the catalogue has its picture, and one of them is the last', () => {
  for (const { picture } of goods) {
    assert.ok(existsSync(new URL(`../pictures/${picture}.webp`, import.meta.url)), picture);
  }
  assert.equal(goods.filter(({ onHand }) => onHand === 1).length, 1);
  assert.equal(new Set(goods.map(({ sku }) => sku)).size, 30);
});
