import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { fileEnd } from '#test/file-end';
import { picture } from '#test/pictures';
import { temporaryFolder } from '#test/temp-folder';

import type { Storage } from '../application/storage.ts';
import { media } from '../contract.ts';
import { fileStorage } from '../providers/file-storage.ts';
import { s3Storage } from '../providers/s3-storage.ts';
import { openMediaShop } from './media-shop.ts';
import { startS3 } from './s3-server.ts';

const folder = temporaryFolder(fileEnd);
const s3 = await startS3(temporaryFolder(fileEnd));

const storages: Readonly<Record<string, Storage>> = {
  files: fileStorage(join(folder, 'originals')),
  S3: s3Storage(s3.place, join(folder, 'incoming')),
};

function fileOf(text: string): string {
  const path = join(folder, randomUUID());
  writeFileSync(path, text);
  return path;
}

for (const [name, storage] of Object.entries(storages)) {
  const listed = async (olderThan: number) => {
    const ids: string[] = [];
    for await (const id of storage.list(olderThan)) ids.push(id);
    return ids;
  };
  const read = (id: string) => storage.withFile(id, async (path) => readFileSync(path, 'utf8'));

  test(`${name}: what is put is there, and the file that it came in is not`, async () => {
    const [id, path] = [randomUUID(), fileOf('abc')];
    await storage.put(id, path);
    assert.equal(await read(id), 'abc');
    assert.equal(existsSync(path), false);
  });

  test(`${name}: what is not there is unknown, and removing it is no error`, async () => {
    await assert.rejects(read(randomUUID()), media.errors.unknownMedia.is);
    await storage.remove(randomUUID());
  });

  test(`${name}: what is removed is gone`, async () => {
    const id = randomUUID();
    await storage.put(id, fileOf('abc'));
    await storage.remove(id);
    await assert.rejects(read(id), media.errors.unknownMedia.is);
  });

  test(`${name}: everything that is old enough is listed`, async () => {
    const ids = Array.from({ length: 5 }, () => randomUUID());
    for (const id of ids) await storage.put(id, fileOf('x'));
    const all = await listed(Date.now() + 60_000);
    for (const id of ids) assert.ok(all.includes(id), id);
    assert.deepEqual(await listed(0), []);
  });
}

test('a shop keeps its pictures in S3 when it is told to', async () => {
  const shop = await openMediaShop(s3.settings);
  const { id } = await shop.keep(await picture());
  assert.notEqual((await shop.show(id, { w: 20 })).bytes, undefined);
  const local = shop.files().filter((path) => !path.startsWith('variants'));
  assert.deepEqual(local, []);
});

test('a storage that does not answer is told as such, and nothing is left', async () => {
  const settings = { ...s3.settings, S3_ENDPOINT: 'http://127.0.0.1:1' };
  const shop = await openMediaShop(settings);
  await assert.rejects(shop.keep(await picture()), media.errors.storageUnavailable.is);
  assert.deepEqual(shop.files(), []);
});
