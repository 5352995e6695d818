import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { fileEnd } from '#test/file-end';
import { picture } from '#test/pictures';
import { temporaryFolder } from '#test/temp-folder';

import { Darkrooms } from '../providers/darkroom.ts';
import { openMediaShop } from './media-shop.ts';

test('a process that has died before it gets a picture costs that picture nothing', async () => {
  const darkroom = new Darkrooms();
  fileEnd.after(() => darkroom.stop());
  const path = join(temporaryFolder(fileEnd), 'picture.png');
  writeFileSync(path, await picture(60, 40));
  const { width } = await darkroom.inspect(path, 'png');
  for (const pid of workers()) process.kill(pid, 'SIGKILL');
  // At once: nobody has heard of its end.
  assert.deepEqual([width, (await darkroom.inspect(path, 'png')).width], [60, 60]);
});

test('a signal to the whole group spoils no picture', async () => {
  const shop = await openMediaShop();
  const { id } = await shop.keep(await picture());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    for (const pid of workers()) process.kill(pid, signal);
  }
  const before = workers();
  assert.notEqual((await shop.show(id, { w: 30 })).bytes, undefined);
  assert.deepEqual(workers(), before);
});

/** The processes of this one that decode pictures. */
function workers(): readonly number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split(
    '\n',
  );
  return lines.flatMap((line) => {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === process.pid && args?.includes('darkroom-worker') ? [Number(pid)] : [];
  });
}
