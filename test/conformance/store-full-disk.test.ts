import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import type { Store, StoreTx } from '#kernel/ports/store';
import { storeUnavailable } from '#kernel/stores/store-failures';

import { idsIn, storePlace } from './store-place.ts';

const sqlite = { name: 'sqlite' } as const;
const put = ({ sql }: StoreTx, id: string, note = '') =>
  sql`insert into things (id, n, note) values (${id}, 1, ${note})`;

if (canMount()) {
  test('a full disk refuses whole works as unavailable, and heals when there is room', async (t) => {
    const place = await storePlace(sqlite, t);
    const disk = join(place.folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
    try {
      await fillTheDisk(await place.open({ dataDir: disk }), disk);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
}

async function fillTheDisk(store: Store, disk: string): Promise<void> {
  const kept: string[] = [];
  const told: string[] = [];
  const refusals = new Set<string>();
  const large = 'x'.repeat(30_000);
  for (let round = 0; round < 40; round += 1) {
    const ids = Array.from({ length: 10 }, (_, i) => `${round}-${i}`);
    // Small works stand beside large ones: they are lost with their group, or kept with it.
    const works = ids.map((id, i) =>
      store.write((tx) => {
        tx.afterCommit(
          () => told.push(id),
          () => told.push(`no ${id}`),
        );
        return put(tx, id, i % 2 ? '' : large);
      }),
    );
    const ends = await Promise.allSettled(works);
    ends.forEach((end, i) => {
      assert.ok(told.includes(end.status === 'fulfilled' ? `${ids[i]}` : `no ${ids[i]}`));
      if (end.status === 'fulfilled') kept.push(ids[i] as string);
      else refusals.add(storeUnavailable.is(end.reason) ? 'unavailable' : String(end.reason));
    });
  }
  assert.deepEqual([...refusals], ['unavailable'], 'the disk was filled');
  assert.ok(kept.length > 0);
  assert.equal(told.length, 400);
  assert.deepEqual(await idsIn(store), kept.toSorted());
  execFileSync('mount', ['-o', 'remount,size=8m', disk]);
  // Too much for memory too, so that the disk refuses before COMMIT; the work does not let on.
  const much = async (tx: StoreTx) => {
    for (let i = 0; i < 16; i += 1) await put(tx, `much ${i}`, large.repeat(30));
  };
  const group = await Promise.allSettled([
    store.write((tx) => put(tx, 'beside')),
    store.write((tx) => much(tx).catch(() => 'swallowed')),
  ]);
  for (const end of group) assert.ok('reason' in end && storeUnavailable.is(end.reason));
  assert.deepEqual(await idsIn(store), kept.toSorted());
  execFileSync('mount', ['-o', 'remount,size=30m', disk]);
  await store.write((tx) => put(tx, 'room again'));
  assert.deepEqual(await idsIn(store), [...kept, 'room again'].toSorted());
  await store.close();
}

/** Only root may mount, and not everywhere: elsewhere a full disk is not covered. */
function canMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}
