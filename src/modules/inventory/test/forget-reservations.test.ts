import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { createLogger } from '#kernel/log';
import type { Tx } from '#kernel/ports/tx';
import { openStore } from '#kernel/stores/open-store';
import { freshDatabase } from '#test/database';
import { fileEnd } from '#test/file-end';
import { storeUnderTest } from '#test/stores';
import { temporaryFolder } from '#test/temp-folder';

import { forgetReservations } from '../application/forget-reservations.ts';
import { type Claim, hold, tombstone } from '../domain/reservation.ts';
import { inventoryStore } from '../store/definition.ts';
import { insertReservation, lockReservation } from '../store/reservation-store.ts';

const dayMs = 24 * 60 * 60 * 1000;

// Nobody can wait for what happens once an hour, so this is the one test that goes past the contract.
const under = storeUnderTest();
const store = await openStore({
  module: 'inventory',
  definition: inventoryStore,
  kernelMigrations: [],
  url: under.name === 'postgres' ? new URL(await freshDatabase(under.url, fileEnd)) : undefined,
  dataDir: temporaryFolder(fileEnd),
  log: createLogger('silent'),
});
fileEnd.after(() => store.close());

/** Works in a transaction of the day with that number. */
const onDay = <T>(day: number, work: (tx: Tx) => Promise<T>) =>
  store.write(({ sql }) => work({ sql, now: day * dayMs } as Tx));

const isKnown = async (orderId: string) =>
  (await onDay(0, (tx) => lockReservation(tx, orderId))) !== undefined;

test('what ended long ago is forgotten; tombstones last, and sold and held units stay', async () => {
  const old = tombstone(randomUUID());
  const recent = tombstone(randomUUID());
  const held = hold(randomUUID(), new Map());
  const sold: Claim = { ...held, orderId: randomUUID(), state: 'sold' };
  await onDay(0, async (tx) => {
    for (const reservation of [old, held, sold]) await insertReservation(tx, reservation, 0);
  });
  await onDay(62, (tx) => insertReservation(tx, recent, 0));

  assert.equal(await onDay(91, forgetReservations), undefined);

  const known = await Promise.all([old, recent, held, sold].map((one) => isKnown(one.orderId)));
  assert.deepEqual(known, [false, true, true, true]);
});

test('much is forgotten in several transactions', async () => {
  await onDay(0, async (tx) => {
    for (let i = 0; i < 501; i += 1) await insertReservation(tx, tombstone(randomUUID()), 0);
  });
  assert.equal(await onDay(91, forgetReservations), 'again');
  assert.equal(await onDay(91, forgetReservations), undefined);
});
