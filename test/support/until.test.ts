import assert from 'node:assert/strict';
import test from 'node:test';

import { until } from './until.ts';

test('waiting ends with the first true answer, and hands it over', async () => {
  let asked = 0;
  const answer = await until(() => (++asked === 3 ? 'third' : undefined), { everyMs: 1 });
  assert.equal(answer, 'third');
  assert.equal(asked, 3);
});

test('an error while asking counts as not yet', async () => {
  let asked = 0;
  const answer = await until(() => {
    if (++asked < 3) throw new Error('still starting');
    return asked;
  });
  assert.equal(answer, 3);
});

test('waiting in vain says for what, how long, and what the last answer or error was', async () => {
  const wait = { timeoutMs: 20, everyMs: 1, what: 'rain' };
  await assert.rejects(
    until(() => 0, wait),
    /Waited 20 ms for rain; last answer: 0\./,
  );
  await assert.rejects(
    until(() => Promise.reject(new Error('sun')), wait),
    /last error: Error: sun/,
  );
  await assert.rejects(
    until(() => new Promise(() => undefined), wait),
    /still being asked/,
  );
});
