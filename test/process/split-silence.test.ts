import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Answer, ask, Customer, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { doorAndTwoMore, startSplit } from '#test/split-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

const shop = await startSplit({
  hosts: doorAndTwoMore,
  dataDir: temporaryFolder(fileEnd),
  env: { LOG_LEVEL: 'info' },
});
fileEnd.after(() => shop.stop());
const url = shop.urls[0] ?? '';
const orders = hostOf('orders');
const productId = await stockProduct(await logInAdmin(url), 20);
const ann = await Customer.signUp(url, 'ann');

function hostOf(name: string) {
  const found = shop.hosts.find((host) => host.name === name);
  assert.ok(found, name);
  return found;
}

/** What a host has logged of its neighbours, without what anybody was answered. */
function troubleOf(name: string): Record<string, string>[] {
  const lines = hostOf(name).output().split('\n');
  const logged = lines.filter((line) => /^\{.*\}$/.test(line)).map((line) => JSON.parse(line));
  return logged.filter(({ msg }) => msg !== 'answered');
}

test('a neighbour that is not there is told of in one line, and so is that it is back', async (t) => {
  for (const { name } of shop.hosts) {
    const lines = troubleOf(name);
    assert.deepEqual(
      lines.filter((line) => JSON.stringify(line).includes('    at ')),
      [],
      name,
    );
    const told = lines.filter(({ msg }) => msg === 'an instance can not be reached');
    const peers = told.map(({ instance, why }) => `${instance} ${why}`);
    assert.deepEqual([...new Set(peers)], peers, name);
    t.diagnostic(`${name}: ${lines.length} lines at the start, ${told.length} of neighbours`);
  }
  const before = troubleOf('front').length;
  await orders.kill();
  const away = () => troubleOf('front').slice(before);
  await until(() => away().some(({ msg }) => msg === 'an instance can not be reached'), {
    what: 'the front to have noticed',
  });
  for (let count = 0; count < 20; count += 1) {
    assert.equal((await ann.ask('GET /api/orders')).status, 503);
  }
  await orders.start();
  await until(() => away().some(({ msg }) => msg === 'an instance is reached again'), {
    what: 'the front to have it back',
    timeoutMs: 20_000,
  });
  const [first, ...others] = away().filter(({ msg }) => msg?.startsWith('an instance'));
  assert.deepEqual(
    [first?.level, first?.instance, others.map(({ msg }) => msg)],
    ['warn', shop.internal.orders, ['an instance is reached again']],
  );
  assert.match(first?.why ?? '', /ECONNREFUSED/);
  assert.doesNotMatch(JSON.stringify(away()), / {4}at /);
  t.diagnostic(`the front told of the outage in ${away().length} lines`);
});

/** The answer of the door, with the time that it took. */
async function timed(asked: Promise<Answer>) {
  const startedAt = performance.now();
  const answer = await asked;
  return { ...answer, ms: Math.round(performance.now() - startedAt) };
}

test('a host that stands still costs its own callers an answer in time, and nobody else anything', async (t) => {
  await until(async () => (await ann.order([{ productId, quantity: 1 }])).status === 201);
  const pid = orders.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  let answered = 0;
  const stuck = Array.from({ length: 200 }, (_, nth) =>
    timed(nth % 4 === 0 ? ann.order([{ productId, quantity: 1 }]) : ann.ask('GET /api/orders')),
  );
  for (const one of stuck) one.then(() => (answered += 1)).catch(() => undefined);

  // More than the callers of the silent host hold, one after another.
  for (let count = 0; count < 300; count += 1) {
    const path = ['products', 'notifications', `inventory/${productId}`][count % 3];
    assert.equal((await ann.ask(`GET /api/${path}`)).status, 200);
  }
  assert.equal(answered, 0, 'all of that while not one of them had been answered');

  const answers = await Promise.all(stuck);
  for (const { status, headers, body } of answers) {
    assert.ok(status === 503 || status === 504, `${status} ${JSON.stringify(body)}`);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.match(body.code, /^(provider_unavailable|not_asked|deadline_passed)$/);
  }
  const longestMs = Math.max(...answers.map(({ ms }) => ms));
  const shortestMs = Math.min(...answers.map(({ ms }) => ms));
  assert.ok(longestMs < 35_000, `${longestMs} ms`);
  const later = await timed(ann.ask('GET /api/orders'));
  t.diagnostic(
    `200 answers after ${shortestMs} to ${longestMs} ms; once it was known: ${later.status} after ${later.ms} ms`,
  );
  assert.deepEqual([later.status, later.body.code], [503, 'not_asked']);

  process.kill(pid, 'SIGCONT');
  const goneOnAt = performance.now();
  await until(async () => (await ann.ask('GET /api/orders')).status === 200, {
    what: 'orders to be answered again',
    timeoutMs: 30_000,
  });
  t.diagnostic(`answered again ${Math.round(performance.now() - goneOnAt)} ms after it went on`);
  const order = await ann.order([{ productId, quantity: 1 }]);
  assert.equal(order.status, 201, JSON.stringify(order.body));
  assert.equal((await ask(url, 'GET /health')).status, 200);
});
