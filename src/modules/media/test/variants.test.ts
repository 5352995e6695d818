import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, utimesSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test from 'node:test';
import sharp from 'sharp';

import { fileEnd } from '#test/file-end';
import { picture } from '#test/pictures';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { media } from '../contract.ts';
import { variantOf } from '../domain/variant.ts';
import { VariantCache } from '../providers/variant-cache.ts';
import { customer, filesBelow, openMediaShop } from './media-shop.ts';

const shop = await openMediaShop();
const wide = await shop.keep(await picture(600, 400));

const sizeOf = async (shape: object) => {
  const { head, bytes } = await shop.show(wide.id, shape);
  const { width, height, format } = await sharp(bytes).metadata();
  return [width, height, format === 'heif' ? 'avif' : format, head.mediaType];
};

const shapes: readonly (readonly [object, readonly [number, number, string]])[] = [
  [{ w: 300 }, [300, 200, 'png']],
  [{ h: 100 }, [150, 100, 'png']],
  [{ w: 300, h: 300 }, [300, 200, 'png']],
  [{ w: 300, h: 300, fit: 'cover' }, [300, 300, 'png']],
  [{ w: 300, h: 300, fit: 'contain' }, [300, 300, 'png']],
  [{ w: 4000 }, [600, 400, 'png']],
  [{ w: 300, format: 'avif' }, [300, 200, 'avif']],
  [{ w: 300, format: 'webp' }, [300, 200, 'webp']],
  [{ w: 300, format: 'jpeg' }, [300, 200, 'jpeg']],
];

for (const [shape, [width, height, format]] of shapes) {
  test(`${JSON.stringify(shape)} of 600 by 400 is ${width} by ${height} ${format}`, async () => {
    assert.deepEqual(await sizeOf(shape), [width, height, format, `image/${format}`]);
  });
}

test('who asks for the same gets the same bytes under the same name, made once', async () => {
  const before = shop.files().length;
  const asked = Array.from({ length: 8 }, () => shop.show(wide.id, { w: 77, format: 'webp' }));
  const shown = await Promise.all(asked);
  assert.equal(new Set(shown.map(({ head }) => head.etag)).size, 1);
  assert.equal(new Set(shown.map(({ bytes }) => bytes?.toString('base64'))).size, 1);
  assert.equal(shop.files().length, before + 1);
});

test('who has the picture is told so before anything is made', async () => {
  const { head } = await shop.show(wide.id, { w: 55 });
  const before = shop.files().length;
  const again = await shop.show(wide.id, { w: 55, known: head.etag });
  assert.deepEqual([again.head.unchanged, again.bytes], [true, undefined]);
  const other = await shop.show(wide.id, { w: 56, known: head.etag });
  assert.notEqual(other.bytes, undefined);
  assert.equal(shop.files().length, before + 1);
});

test('a shape that is made ahead is there when it is asked for', async () => {
  const as = customer();
  const { bytes } = await shop.call(media.calls.processImage, { mediaId: wide.id, w: 99 }, { as });
  const before = shop.files().length;
  assert.equal((await shop.show(wide.id, { w: 99 })).bytes?.length, bytes);
  assert.equal(shop.files().length, before);
});

test('a box that is larger than the picture comes to the picture', () => {
  const image = { width: 600, height: 400, format: 'png' } as const;
  assert.equal(
    variantOf({ w: 601, h: 9000 }, image).name,
    variantOf({ w: 600, h: 400 }, image).name,
  );
  assert.equal(variantOf({}, image).name, 'whole.png');
  assert.equal(variantOf({}, { ...image, width: 9000 }).name, '4000x4000-inside.png');
  assert.equal(variantOf({}, { ...image, format: 'gif' }).name, 'whole.webp');
});

test('no side is made longer than 4000, given or not', () => {
  const tall = { width: 1000, height: 39_000, format: 'png' } as const;
  assert.equal(variantOf({ w: 1000, format: 'webp' }, tall).name, '1000x4000-inside.webp');
  assert.equal(variantOf({ w: 100 }, tall).name, '100x-inside.png');
  const wide = { width: 30_000, height: 10, format: 'png' } as const;
  assert.equal(variantOf({ h: 10 }, wide).name, '4000x10-inside.png');
  assert.equal(variantOf({ h: 1 }, wide).name, 'x1-inside.png');
});

test('a picture that is not there is unknown, in any shape', async () => {
  const nowhere = '01890000-0000-7000-8000-000000000000';
  await assert.rejects(shop.show(nowhere, { w: 10 }), media.errors.unknownMedia.is);
});

test('the cache keeps its bound, and what went is made again', async () => {
  const small = await openMediaShop({ MEDIA_CACHE_MB: '1' });
  const { id } = await small.keep(await noise(400));
  for (let w = 380; w <= 400; w += 1) await small.show(id, { w, format: 'png' });
  const kept = small.files().filter((path) => path.startsWith('variants'));
  assert.ok(kept.length < 5 && kept.length > 0, `${kept.length} variants of half a MiB in one MiB`);
  assert.notEqual((await small.show(id, { w: 380, format: 'png' })).bytes, undefined);
});

test('a variant that is larger than the whole cache is shown, and goes with the next', async () => {
  const small = await openMediaShop({ MEDIA_CACHE_MB: '1' });
  const { id } = await small.keep(await noise(800));
  const { bytes } = await small.show(id, { format: 'png' });
  assert.ok((bytes?.length ?? 0) > 2 ** 20);
  await small.show(id, { w: 10, format: 'png' });
  const variants = () => small.files().filter((path) => path.startsWith('variants'));
  await until(() => variants().length === 1, { what: 'the large one to go' });
});

test('a variant is kept for a day, also over a restart', async () => {
  const first = await openMediaShop();
  const { id } = await first.keep(await picture());
  for (const w of [20, 30]) await first.show(id, { w });
  await first.stop();
  const variants = join(first.place.folder, 'media', 'variants', id);
  const [old = '', fresh = ''] = readdirSync(variants).sort();
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(join(variants, old), yesterday, yesterday);

  await openMediaShop({}, { place: first.place });
  const isOver = () => readdirSync(variants).length === 1;
  await until(isOver, { what: 'the old one to go, though nobody asks for pictures' });
  assert.deepEqual(readdirSync(variants), [fresh]);
});

test('a variant goes when its time is over, though nobody asks', async () => {
  const folder = temporaryFolder(fileEnd);
  const cache = new VariantCache(folder, 2 ** 20, 200);
  const make = (path: string) => writeFile(path, 'a picture');
  await cache.have('a', '20x', make);
  assert.deepEqual(filesBelow(folder), [join('a', '20x')]);
  await until(() => filesBelow(folder).length === 0, { what: 'the variant to go' });
  await cache.have('a', '20x', make);
  assert.deepEqual(filesBelow(folder), [join('a', '20x')]);
});

test('what is gone from the folder is made again, and holds nothing up', async () => {
  const folder = temporaryFolder(fileEnd);
  const sizes: Record<string, number> = { small: 10, large: 2 ** 20 };
  const make = (path: string) =>
    writeFile(path, Buffer.alloc(sizes[basename(path).split('.')[0] ?? ''] ?? 0));
  const ours = new VariantCache(folder, 2 ** 30);
  for (const [name, size] of Object.entries(sizes)) {
    await ours.have('a', name, make);
    await rm(join(folder, 'a', name));
    const { bytes, read } = await ours.have('a', name, make);
    const parts = await Array.fromAsync(read());
    assert.deepEqual([bytes, Buffer.concat(parts).length], [size, size]);
  }
  for (let nth = 0; nth < 2_000; nth += 1) await writeFile(join(folder, 'a', `${nth}`), '');
  const another = new VariantCache(folder, 2 ** 30);
  const asked = another.have('b', 'small', make);
  await rm(join(folder, 'a'), { recursive: true });
  assert.equal((await asked).bytes, sizes.small);
});

/** A square of pixels by chance, which no format makes much smaller. */
async function noise(side: number): Promise<Buffer> {
  const pixels = randomBytes(side * side * 3);
  return await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer();
}
