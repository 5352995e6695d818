import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import sharp from 'sharp';

import { picture } from '#test/pictures';
import { openRunningShop } from '#test/running-shop';
import { until } from '#test/until';

import { openShop, type Shop } from '#client';

const running = await openRunningShop();
const { url } = running;
const admin: Shop = openShop({ url });
await admin.logIn(running.admin.email, running.admin.password);

async function productWithPicture() {
  const { id: imageId } = await admin.media.uploadImage({}, new Blob([await picture(300, 200)]));
  const product = await admin.catalog.createProduct({
    sku: `mug-${randomUUID()}`,
    name: 'Mug',
    description: 'Holds tea.',
    price: { amount: 1250, currency: 'EUR' },
    imageIds: [imageId],
  });
  return { imageId, product };
}

test('a product shows its picture, in the size and the format that a page wants', async () => {
  const { imageId, product } = await productWithPicture();
  assert.deepEqual(product.imageIds, [imageId]);
  for (const format of ['avif', 'webp', 'jpeg', 'png'] as const) {
    const shown = await fetch(`${url}/api/media/${imageId}?w=120&h=120&fit=cover&format=${format}`);
    assert.equal(shown.headers.get('content-type'), `image/${format}`);
    const { width, height } = await sharp(Buffer.from(await shown.arrayBuffer())).metadata();
    assert.deepEqual([width, height], [120, 120]);
  }
});

test('a picture is sent once to who keeps it, and in parts to who asks for them', async () => {
  const { imageId } = await productWithPicture();
  const address = `${url}/api/media/${imageId}?w=100&format=png`;
  const whole = await fetch(address);
  const bytes = Buffer.from(await whole.arrayBuffer());
  const etag = whole.headers.get('etag') ?? '';
  assert.match(whole.headers.get('cache-control') ?? '', /immutable/);
  // A front end has an origin of its own, and shows pictures all the same.
  assert.equal(whole.headers.get('cross-origin-resource-policy'), 'cross-origin');
  assert.equal((await fetch(address, { headers: { 'if-none-match': etag } })).status, 304);

  const part = await fetch(address, { headers: { range: 'bytes=10-29', 'if-range': etag } });
  assert.deepEqual(
    [part.status, part.headers.get('content-range')],
    [206, `bytes 10-29/${bytes.length}`],
  );
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(10, 30));
  const beyond = await fetch(address, { headers: { range: 'bytes=9999999-' } });
  assert.equal(beyond.status, 416);
});

test('a picture that is deleted leaves its product in order', async () => {
  const { imageId, product } = await productWithPicture();
  await admin.media.deleteMedia({ mediaId: imageId });
  assert.equal((await fetch(`${url}/api/media/${imageId}`)).status, 404);
  const shown = await until(
    async () => {
      const now = await admin.catalog.getProduct({ productId: product.id });
      return now.imageIds.length === 0 && now;
    },
    { what: 'the product to hear of it' },
  );
  assert.equal(shown.name, product.name);
});
