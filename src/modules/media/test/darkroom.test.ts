import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';

import { picture } from '#test/pictures';
import { until } from '#test/until';

import { media } from '../contract.ts';
import { openMediaShop } from './media-shop.ts';

test('a process that has died before it gets a picture costs that picture a retry, and no more', async () => {
  const shop = await openMediaShop();
  const { id } = await shop.keep(await picture());
  for (const pid of workers()) process.kill(pid, 'SIGKILL');
  // Whether its end has been heard of by now is a matter of chance.
  const isShown = () =>
    shop.show(id, { w: 20 }).then(
      ({ bytes }) => bytes !== undefined,
      (error) => {
        if (!media.errors.mediaBusy.is(error)) throw error;
        return false;
      },
    );
  await until(isShown, { what: 'the picture' });
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
