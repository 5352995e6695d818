import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';

import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { often } from '#test/often';
import { picture } from '#test/pictures';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import type { Storage } from '../application/storage.ts';
import { media } from '../contract.ts';
import { mediaModule } from '../module.ts';
import { fileStorage } from '../providers/file-storage.ts';
import { type S3Place, s3Storage } from '../providers/s3-storage.ts';
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

test('what others keep in the bucket is left alone, also what looks like a picture', async () => {
  const folderOf = join(folder, 'incoming');
  const others = { ...s3.place, prefix: '' };
  const [theirs, backup] = [`shop-two/${randomUUID()}`, 'media/backups.dump'];
  for (const key of [theirs, backup]) await s3Storage(others, folderOf).put(key, fileOf('theirs'));
  const shop = await openMediaShop(s3.settings, { module: often(mediaModule) });
  const { id } = await shop.keep(await picture());
  const stray = randomUUID();
  await storages.S3?.put(stray, fileOf('left by a crash'));
  shop.clock.advance(2 * 3_600_000);
  const read = (place: S3Place, key: string) =>
    s3Storage(place, folderOf).withFile(key, async (path) => readFileSync(path).length);
  await until(() => failsAsUnknown(read(s3.place, stray)), { what: 'the stray to be swept' });
  assert.deepEqual([await read(others, theirs), await read(others, backup)], [6, 6]);
  assert.ok((await read(s3.place, id)) > 0);
});

test('an upload that a storage refuses leaves no file open', async () => {
  const storage = s3Storage({ ...s3.place, bucket: 'nowhere' }, join(folder, 'incoming'));
  const path = fileOf('x'.repeat(1_000_000));
  const open = () => readdirSync('/proc/self/fd').flatMap((fd) => targetOf(`/proc/self/fd/${fd}`));
  await assert.rejects(storage.put(randomUUID(), path));
  if (existsSync('/proc/self/fd')) {
    await until(() => !open().includes(path), { what: 'the file to be closed' });
  }
});

const silences: Readonly<Record<string, RequestListener>> = {
  'never answers': () => undefined,
  'stops in the middle of a picture': (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('half');
  },
};

for (const [what, serve] of Object.entries(silences)) {
  test(`a storage that ${what} is given up, and leaves nothing`, { timeout: 20_000 }, async (t) => {
    const server = createServer(serve);
    const port = await freePort();
    server.listen(port, '127.0.0.1');
    t.after(() => server.close().closeAllConnections());
    const place = { ...s3.place, endpoint: new URL(`http://127.0.0.1:${port}`) };
    const temporary = join(folder, randomUUID());
    const storage = s3Storage(place, temporary, 200);
    const id = randomUUID();
    const { is } = media.errors.storageUnavailable;
    await assert.rejects(
      storage.withFile(id, async () => undefined),
      is,
    );
    assert.deepEqual(readdirSync(temporary), []);
  });
}

test('a large picture has the time that a slow line takes', async (t) => {
  let taken = 0;
  const slow = createServer((request, response) => {
    // Longer than a request without bytes may take.
    setTimeout(() => {
      request.on('data', (chunk: Buffer) => {
        taken += chunk.length;
      });
      request.on('end', () => response.end());
    }, 600);
  });
  const port = await freePort();
  slow.listen(port, '127.0.0.1');
  t.after(() => slow.close().closeAllConnections());
  const place = { ...s3.place, endpoint: new URL(`http://127.0.0.1:${port}`) };
  const size = 4 * 2 ** 20;
  await s3Storage(place, join(folder, 'incoming'), 300).put(randomUUID(), fileOf('x'.repeat(size)));
  assert.equal(taken, size);
});

async function failsAsUnknown(reading: Promise<unknown>): Promise<boolean> {
  return reading.then(
    () => false,
    (error) => media.errors.unknownMedia.is(error),
  );
}

/** Of one that is closed by now, nothing. */
function targetOf(link: string): readonly string[] {
  try {
    return [readlinkSync(link)];
  } catch {
    return [];
  }
}

test('a storage that does not answer is told as such, and nothing is left', async () => {
  const settings = { ...s3.settings, S3_ENDPOINT: 'http://127.0.0.1:1' };
  const shop = await openMediaShop(settings);
  await assert.rejects(shop.keep(await picture()), media.errors.storageUnavailable.is);
  assert.deepEqual(shop.files(), []);
});
