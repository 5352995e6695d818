import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';

import { collect, launchApp, startApp } from '#test/app-process';
import { adminEmail, adminPassword, ask, logInAdmin, stockProduct } from '#test/customer';
import { freePort } from '#test/free-port';
import { picture } from '#test/pictures';
import { seamline, startSeamline } from '#test/seamline';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { openShop } from '#client';

const env = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, DEMO: '0' };
const dataDir = temporaryFolder({ after });
const backups = temporaryFolder({ after });
const app = await startApp({ port: await freePort(), dataDir, env });
after(() => app.kill());
const admin = await logInAdmin(app.url);
const productId = await stockProduct(admin, 5);
const shop = openShop({ url: app.url });
await shop.logIn(adminEmail, adminPassword);
const { id: imageId } = await shop.media.uploadImage({}, new Blob([await picture(300, 200)]));
const whole = join(backups, 'whole');

async function imageAt(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/media/${imageId}?w=100&format=png`);
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer()).toString('hex');
}

const backup = (to: string, DATA_DIR = dataDir) =>
  seamline(['data', 'backup', '--to', to], { DATA_DIR });
const restore = (from: string, DATA_DIR: string) =>
  seamline(['data', 'restore', '--from', from], { DATA_DIR });

async function refused(ending: Promise<{ code: number | null; output: string }>, words: RegExp) {
  const { code, output } = await ending;
  assert.match(output, words);
  assert.ok(code === 1 || code === 2, `exit ${code}`);
  assert.doesNotMatch(output, /^\s+at /m, 'no stack');
}

test('pictures, keys and rows come back, and a session goes on', async (t) => {
  const shown = await imageAt(app.url);
  const { code, output } = await backup(whole);
  assert.equal(code, 0, output);
  const elsewhere = join(temporaryFolder(t), 'new', 'data');
  assert.equal((await restore(whole, elsewhere)).code, 0);
  const next = await startApp({ port: await freePort(), dataDir: elsewhere, env });
  t.after(() => next.kill());
  assert.equal(await imageAt(next.url), shown);
  const mine = await ask(next.url, 'GET /api/users/me', { token: admin.token });
  assert.equal(mine.body.email, adminEmail);
  const { body } = await ask(next.url, `GET /api/inventory/${productId}`);
  assert.equal(body.onHand, 5);
  assert.equal(await next.stop(), 0);
});

test('a folder that is in use, or not empty, is left as it is', async (t) => {
  await refused(restore(whole, dataDir), /A shop runs on DATA_DIR=/);
  assert.equal((await fetch(`${app.url}/api/products`)).status, 200);
  const full = temporaryFolder(t);
  writeFileSync(join(full, 'mine.txt'), 'mine');
  await refused(restore(whole, full), /is not empty \(mine\.txt\), and nothing is written over/);
  assert.deepEqual(
    readdirSync(full).filter((name) => !name.includes('-lock')),
    ['mine.txt'],
  );
});

test('a backup that is no longer what it was is refused before anything is written', async (t) => {
  const target = join(temporaryFolder(t), 'data');
  const spoilt = join(temporaryFolder(t), 'spoilt');
  const again = () => cpSync(whole, spoilt, { recursive: true, force: true });
  const changes: [() => void, RegExp][] = [
    [
      () => truncateSync(join(spoilt, 'orders.sqlite'), 4096),
      /orders\.sqlite is not what was backed up/,
    ],
    [
      () => writeFileSync(join(spoilt, 'operator.token'), 'x'.repeat(44)),
      /operator\.token is not what/,
    ],
    [() => writeFileSync(join(spoilt, 'manifest.json'), '{'), /manifest\.json cannot be read/],
    [() => writeFileSync(join(spoilt, 'manifest.json'), '{"format":1}'), /is not the manifest of/],
    [() => astray(spoilt), /names \.\.\/outside, which is not in its folder/],
  ];
  for (const [change, words] of changes) {
    again();
    change();
    await refused(restore(spoilt, target), words);
    assert.equal(existsSync(target), false);
  }
  await refused(restore(temporaryFolder(t), target), /is no backup: it has no manifest\.json/);
});

function astray(folder: string): void {
  const file = { file: '../outside', bytes: 0, sha256: '0'.repeat(64) };
  const manifest = { format: 1, takenAt: '', heldMs: 0, modules: [], files: [file], elsewhere: [] };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

test('a backup does not write over another, nor into what it saves', async (t) => {
  await refused(backup(whole), /is there already\. Name a folder that is not/);
  await refused(backup(join(dataDir, 'backup')), /lies in DATA_DIR/);
  await refused(backup(join(backups, 'x'), join(temporaryFolder(t), 'none')), /is not there/);
  await refused(backup('/dev/null/backup'), /No backup was made in \/dev\/null\/backup: ENOTDIR/);
  await refused(
    seamline(['data', 'backup'], { DATA_DIR: dataDir }),
    /Name the folder: --to\.\nUsage:/,
  );
});

test('what is broken off leaves no backup, and no shop that is half a shop', async (t) => {
  // Large enough to be killed in the middle of.
  const large = join(dataDir, 'large.bin');
  writeFileSync(large, '');
  truncateSync(large, 400 * 1024 * 1024);
  const target = join(temporaryFolder(t), 'backup');
  const started = () => readdirSync(join(target, '..')).length > 0;
  await kill(startSeamline(['data', 'backup', '--to', target], { DATA_DIR: dataDir }), started);
  assert.equal(existsSync(target), false);
  assert.equal((await backup(target)).code, 0);

  const half = temporaryFolder(t);
  const restoring = () => existsSync(join(half, '.restoring', 'large.bin'));
  await kill(startSeamline(['data', 'restore', '--from', target], { DATA_DIR: half }), restoring);
  assert.equal(existsSync(join(half, 'orders.sqlite')), false);
  const child = launchApp({ port: await freePort(), dataDir: half, env });
  const said = collect(child);
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  assert.match(said(), /holds part of a restore that was broken off/);
  assert.equal((await restore(target, half)).code, 0);
  assert.equal(existsSync(join(half, '.restoring')), false);
});

async function kill(child: ReturnType<typeof startSeamline>, when: () => boolean): Promise<void> {
  await until(when, { everyMs: 1, timeoutMs: 30_000, what: 'the command to be in the middle' });
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  const [, signal] = await exit;
  assert.equal(signal, 'SIGKILL', 'the kill came in time');
}

if (process.platform === 'linux' && process.getuid?.() === 0) {
  test('a full disk is told, and leaves nothing behind', async (t) => {
    const disk = join(temporaryFolder(t), 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      await fillTheDisk(disk);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
}

async function fillTheDisk(disk: string): Promise<void> {
  const noRoom = /ENOSPC|disk is full/;
  await refused(backup(join(disk, 'backup')), noRoom);
  assert.deepEqual(readdirSync(disk), []);
  const data = join(disk, 'data');
  await refused(restore(whole, data), noRoom);
  assert.deepEqual(
    readdirSync(data).filter((name) => !name.includes('-lock')),
    [],
  );
  assert.equal((await fetch(`${app.url}/api/products`)).status, 200);
}
