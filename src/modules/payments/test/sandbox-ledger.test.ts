import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { temporaryFolder } from '#test/temp-folder';

import {
  type ChargeLine,
  type RefundLine,
  readLedger,
  SandboxLedger,
} from '../providers/sandbox-ledger.ts';

const at = '2026-01-01T00:00:00.000Z';
const money = { amount: 100, currency: 'EUR' };

function charge(id: string, key = id): ChargeLine {
  const token = 'tok_ok';
  return { kind: 'charge', id, key, reference: key, ...money, token, status: 'succeeded', at };
}

function refund(id: string, amount: number, key = id): RefundLine {
  return { kind: 'refund', id, key, chargeId: 'ch_1', ...money, amount, at };
}

test('of two charges with one key the first counts, also for a process that missed it', async (t) => {
  const folder = temporaryFolder(t);
  const [one, two] = [await SandboxLedger.open(folder), await SandboxLedger.open(folder)];
  await one.append(charge('ch_1', 'p'));
  await two.append(charge('ch_2', 'p'));
  await one.catchUp();

  const first = charge('ch_1', 'p');
  assert.deepEqual(one.books.charges.get('p'), first);
  assert.deepEqual(two.books.charges.get('p'), first);
  assert.deepEqual((await readLedger(folder)).charges, [first]);
  await Promise.all([one.close(), two.close()]);
});

test('refunds beyond the charge are void, whoever wrote them', async (t) => {
  const folder = temporaryFolder(t);
  const [one, two] = [await SandboxLedger.open(folder), await SandboxLedger.open(folder)];
  await one.append(charge('ch_1'));
  const tries = Array.from({ length: 20 }, (_, n) =>
    (n % 2 ? one : two).append(refund(`re_${n}`, 30)),
  );
  await Promise.all(tries);

  const { refunds } = await readLedger(folder);
  assert.equal(refunds.length, 3);
  await Promise.all([one.close(), two.close()]);
});

test('a line that a crash tore off is no charge, and spoils none after it', async (t) => {
  const folder = temporaryFolder(t);
  const before = await SandboxLedger.open(folder);
  await before.append(charge('ch_1'));
  await before.close();
  const torn = JSON.stringify(charge('ch_2')).slice(0, 40);
  await appendFile(join(folder, 'sandbox-provider.jsonl'), torn);

  const after = await SandboxLedger.open(folder);
  await after.append(charge('ch_3'));
  await after.close();

  const { charges } = await readLedger(folder);
  assert.deepEqual(
    charges.map(({ id }) => id),
    ['ch_1', 'ch_3'],
  );
});

test('a thousand charges at once are all in the books, and in the file', async (t) => {
  const folder = temporaryFolder(t);
  const ledger = await SandboxLedger.open(folder);
  const ids = Array.from({ length: 1000 }, (_, n) => `ch_${n}`);
  await Promise.all(ids.map((id) => ledger.append(charge(id))));
  assert.equal(ledger.books.charges.size, 1000);
  assert.equal((await readLedger(folder)).charges.length, 1000);
  await ledger.close();
});
