import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import test from 'node:test';

import { users } from '#contracts/users';
import type { Actor } from '#kernel/ports/call-context';
import { often } from '#test/often';
import { picture } from '#test/pictures';
import { until } from '#test/until';

import { media } from '../contract.ts';
import { mediaModule } from '../module.ts';
import { customer, openMediaShop } from './media-shop.ts';

test('its owner deletes a picture, with all that was made of it', async () => {
  const shop = await openMediaShop();
  const ann = customer();
  const { id } = await shop.keep(await picture(), ann);
  await shop.show(id, { w: 20 });
  await assert.rejects(shop.remove(id, customer()), media.errors.unknownMedia.is);
  await shop.remove(id, ann);
  await assert.rejects(shop.show(id, { w: 20 }), media.errors.unknownMedia.is);
  await until(() => shop.files().length === 0, { what: 'the files to go' });
  const told = (await shop.published(media)).map(({ type }) => type);
  assert.deepEqual(told, ['media.mediaUploaded', 'media.mediaDeleted']);
});

test('a picture that is deleted while shapes of it are made is unknown, and nothing else', async () => {
  const shop = await openMediaShop();
  const codes = new Set<string>();
  for (let round = 0; round < 20; round += 1) {
    const ann = customer();
    const { id } = await shop.keep(await picture(), ann);
    const shown = [1, 2, 3, 4].map((w) =>
      shop.show(id, { w: 20 + w + round }).then(
        () => 'shown',
        (error: { code: string }) => error.code,
      ),
    );
    await shop.remove(id, ann);
    for (const code of await Promise.all(shown)) codes.add(code);
  }
  assert.deepEqual(
    [...codes].filter((code) => code !== 'shown'),
    ['unknown_media'],
  );
});

test('an administrator deletes anybody’s', async () => {
  const shop = await openMediaShop();
  const { id } = await shop.keep(await picture());
  await shop.remove(id, { kind: 'user', id: randomUUID(), roles: ['admin'] });
  assert.deepEqual((await shop.call(media.calls.describeMedia, { mediaIds: [id] })).items, []);
});

test('an account’s pictures are in its export, and in nobody else’s', async () => {
  const shop = await openMediaShop();
  const ann = customer() as Extract<Actor, { kind: 'user' }>;
  const { id } = await shop.keep(await picture(), ann);
  const exported = async (as: Actor) => {
    const ids: string[] = [];
    for await (const { image } of shop.stream(
      media.calls.exportAccount,
      { userId: ann.id },
      { as },
    )) {
      ids.push(image.id);
    }
    return ids;
  };
  assert.deepEqual(await exported(ann), [id]);
  assert.deepEqual(await exported(customer()), []);
});

test('pictures go with their account, also one that its last token brings', async () => {
  const shop = await openMediaShop();
  const password = 'correct horse';
  const input = { email: 'ann@example.com', password, username: 'Ann' };
  const { id: userId } = await shop.call(users.calls.createUser, input);
  const ann: Actor = { kind: 'user', id: userId, roles: ['customer'] };
  await shop.keep(await picture(), ann);
  await shop.call(users.calls.deleteAccount, { userId, password }, { as: ann });
  await until(() => shop.files().length === 0, { what: 'the first picture to go' });
  await shop.settled();
  await shop.keep(await picture(), ann);
  assert.equal(shop.files().length, 1);

  await shop.operator('media').sagas.resume(`forgetAgain:${userId}`);
  await until(() => shop.files().length === 0, { what: 'the second picture to go' });
});

test('what was made of a picture that is gone is swept, too', async () => {
  const shop = await openMediaShop({}, { module: often(mediaModule) });
  const { id } = await shop.keep(await picture());
  await shop.show(id, { w: 20 });
  const left = () => shop.files().map((path) => path.split(sep).slice(0, 2).join('/'));
  await until(() => left().includes(`variants/${id}`), { what: 'the variant' });
  const stray = randomUUID();
  const orphan = join(shop.place.folder, 'media', 'variants', stray, '20x-inside.png');
  mkdirSync(join(orphan, '..'));
  writeFileSync(orphan, 'left by a crash');
  shop.clock.advance(2 * 3_600_000);
  await until(() => !left().includes(`variants/${stray}`), { what: 'the variant to be swept' });
  assert.ok(left().includes(`variants/${id}`));
});

test('files that no row knows are swept, but not before their row had its time', async () => {
  const shop = await openMediaShop({}, { module: often(mediaModule) });
  const { id } = await shop.keep(await picture());
  const folder = join(shop.place.folder, 'media');
  const put = (path: string, hoursAgo: number) => {
    const written = new Date(Date.now() - hoursAgo * 3_600_000);
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), 'left by a crash');
    utimesSync(join(folder, path), written, written);
  };
  const [stray, fresh] = [randomUUID(), randomUUID()];
  put(join('originals', fresh.slice(-2), fresh), 0.9);
  put(join('incoming', fresh), 0.9);
  put(join('originals', stray.slice(-2), stray), 2);
  put(join('incoming', stray), 2);
  const left = () => shop.files().map((path) => basename(path));
  await until(() => !left().includes(stray), { what: 'the strays to be swept' });
  assert.deepEqual(left().sort(), [id, fresh, fresh].sort());
  // Later even its own file would be old enough; it has a row.
  shop.clock.advance(2 * 3_600_000);
  await until(() => !left().includes(fresh), { what: 'the rest to be swept' });
  assert.deepEqual(left(), [id]);
});
