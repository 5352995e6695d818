import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';

import { Failure } from '#kernel/failure';
import { bombPng, framesGif, inChunks, picture, svgWithScript } from '#test/pictures';

import { media } from '../contract.ts';
import { customer, openMediaShop } from './media-shop.ts';

const shop = await openMediaShop();

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'kept',
    (error) => (error instanceof Failure ? error.code : String(error)),
  );

for (const format of ['png', 'jpeg', 'webp', 'avif', 'gif'] as const) {
  test(`a ${format} is kept, and known for what it is`, async () => {
    const image = await shop.keep(await picture(60, 40, format));
    assert.deepEqual([image.format, image.width, image.height], [format, 60, 40]);
    const { head, bytes } = await shop.show(image.id);
    assert.equal(head.mediaType, format === 'gif' ? 'image/webp' : `image/${format}`);
    const shown = await sharp(bytes).metadata();
    assert.deepEqual([shown.width, shown.height], [60, 40]);
  });
}

test('what the camera says of place and time is gone, and the picture is upright', async () => {
  const turned = await sharp(await picture(60, 40, 'jpeg'))
    .withMetadata({ orientation: 6 })
    .withExifMerge({ IFD3: { GPSLatitude: '52/1 31/1 0/1' } })
    .jpeg()
    .toBuffer();
  const image = await shop.keep(turned);
  assert.deepEqual([image.width, image.height], [40, 60]);
  const shown = await sharp((await shop.show(image.id)).bytes).metadata();
  assert.deepEqual([shown.width, shown.height, shown.exif], [40, 60, undefined]);
});

test('nothing of what hangs on to a picture leaves with it', async () => {
  const polyglot = Buffer.concat([
    await picture(),
    Buffer.from('<script>alert(1)</script>PK\x03\x04'),
  ]);
  const image = await shop.keep(polyglot);
  const { bytes } = await shop.show(image.id);
  assert.equal(bytes?.includes('script'), false);
  assert.equal(bytes?.includes('PK\x03\x04'), false);
});

test('what is no picture, too much of one, or half of one is refused, and nothing is left', async () => {
  const png = await picture(600, 400);
  const before = shop.files();
  const disguised = Buffer.concat([
    Buffer.from('GIF89a'),
    Buffer.from('<script>alert(1)</script>'),
  ]);
  const hostile: readonly (readonly [string, Buffer, string])[] = [
    ['14,000 by 14,000 pixels', bombPng(), 'image_too_large'],
    ['100,000 frames', framesGif(100_000), 'image_too_large'],
    ['svg with a script', svgWithScript, 'unsupported_image'],
    ['html', Buffer.from('<!doctype html><script>1</script>'), 'unsupported_image'],
    ['nothing', Buffer.alloc(0), 'unsupported_image'],
    ['a wrong magic', Buffer.concat([Buffer.from('BM'), png.subarray(2)]), 'unsupported_image'],
    ['the magic of a gif before a script', disguised, 'broken_image'],
    ['half a picture', png.subarray(0, png.length / 2), 'broken_image'],
    ['a header alone', png.subarray(0, 60), 'broken_image'],
  ];
  for (const [what, bytes, code] of hostile) {
    assert.equal(await codeOf(shop.keep(bytes)), code, what);
  }
  assert.deepEqual(shop.files(), before);
});

test('an upload that breaks off leaves nothing', async () => {
  const before = shop.files();
  async function* broken() {
    yield* inChunks((await picture(600, 400)).subarray(0, 5_000), 1_000);
    throw new Error('the line is dead');
  }
  const cut = shop.upload(media.calls.uploadImage, {}, broken(), { as: customer() });
  assert.notEqual(await codeOf(cut), 'kept');
  assert.deepEqual(shop.files(), before);
});

test('an upload that is repeated with its key is one picture', async () => {
  const bytes = await picture();
  const options = { as: customer(), key: 'once' };
  const first = await shop.upload(media.calls.uploadImage, {}, inChunks(bytes), options);
  const again = await shop.upload(media.calls.uploadImage, {}, inChunks(bytes), options);
  assert.deepEqual(again, first);
  const { items } = await shop.call(media.calls.listMedia, {}, { as: options.as });
  assert.equal(items.length, 1);
});

test('a customer keeps no more pictures than they may, also at once; the shop itself does', async () => {
  const ann = customer();
  const bytes = await picture(1, 1);
  const keep = (count: number) =>
    Promise.all(Array.from({ length: count }, () => codeOf(shop.keep(bytes, ann))));
  for (let kept = 0; kept < 180; kept += 20) await keep(20);
  const { kept = [], quota_exceeded = [] } = Object.groupBy(await keep(40), (code) => code);
  assert.deepEqual([kept.length, quota_exceeded.length], [20, 20]);
  assert.equal(await codeOf(shop.keep(bytes, ann)), 'quota_exceeded');
  assert.equal(await codeOf(shop.keep(bytes, { kind: 'system', id: 'test' })), 'kept');
});

test('nobody uploads without having signed in', async () => {
  assert.equal(await codeOf(shop.keep(await picture(), { kind: 'anyone' })), 'unauthenticated');
});
