import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import { collect, launchApp, startApp } from '#test/app-process';
import { freePort } from '#test/free-port';
import { redisBinary, startRedis } from '#test/redis';
import { everyModuleApart } from '#test/split-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

/** EX_CONFIG of sysexits.h. */
const badConfiguration = 78;

type Start = { dataDir?: string; port?: number; env?: Record<string, string> };

/** Starts a shop that can not start. Answers how it ended, and all that it said. */
async function failToStart(t: TestContext, { dataDir, port, env = {} }: Start) {
  const folder = dataDir ?? temporaryFolder(t);
  const child = launchApp({ port: port ?? (await freePort()), dataDir: folder, env });
  const said = collect(child);
  const [code] = await once(child, 'close');
  return { code, said: said() };
}

test('two wrong variables are told at once, each with an example', async (t) => {
  const { code, said } = await failToStart(t, { env: { PORT: 'abc', RATE_LIMIT: 'often' } });

  assert.equal(code, badConfiguration);
  assert.match(said, /PORT="abc" must be a whole number from 0 to 65535, for example PORT=3000/);
  assert.match(said, /RATE_LIMIT="often" must be off or a rate .* for example RATE_LIMIT=50\/s/);
  assert.doesNotMatch(said, /\bat .*\.ts:/, 'no stack');
});

test('a secret that is wrong is not printed', async (t) => {
  const { code, said } = await failToStart(t, { env: { DATABASE_URL: 'mysql://root:hunter2@db' } });

  assert.equal(code, badConfiguration);
  assert.match(said, /DATABASE_URL=\(hidden\) must be a URL that starts with postgres:\/\//);
  assert.doesNotMatch(said, /hunter2/);
});

test('a password that nobody could decode is refused where it is written, and not printed', async (t) => {
  const env = {
    SMS_GATEWAY_URL: 'https://shop:hunter2%@sms.example.com',
    SMTP_URL: 'smtps://shop:50%off@mail.example.com',
  };
  const { code, said } = await failToStart(t, { env });

  assert.equal(code, badConfiguration);
  for (const name of Object.keys(env)) {
    assert.match(said, new RegExp(`${name}=\\(hidden\\) must have its user and password percent-`));
  }
  assert.doesNotMatch(said, /hunter2|50%off/);
});

test('a port that is taken is named, with what to do', async (t) => {
  const other = createServer();
  t.after(() => other.close());
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const { port } = other.address() as { port: number };
  const { code, said } = await failToStart(t, {
    port,
    env: { INTERNAL_PORT: `${await freePort()}` },
  });

  assert.equal(code, 1);
  assert.match(said, new RegExp(`PORT ${port} is in use on 127\\.0\\.0\\.1: .* for example PORT=`));
  assert.doesNotMatch(said, /\bat .*\.ts:/, 'no stack');
});

test('addresses of IPv6 are written as they are', async (t) => {
  const port = await freePort();
  const dataDir = temporaryFolder(t);
  const TOPOLOGY = join(dataDir, 'topology.json');
  const modules = Object.values(everyModuleApart).flat();
  const at = [`http://10.0.0.5:${port + 1000}`];
  writeFileSync(TOPOLOGY, JSON.stringify({ hosts: { shop: { modules, at } } }));
  const env = { BIND: '::1', INTERNAL_BIND: '::', TOPOLOGY, DEMO: '0' };
  const child = launchApp({ port, dataDir, env });
  const said = collect(child);
  t.after(() => child.kill('SIGKILL'));
  await until(async () => (await fetch(`http://[::1]:${port}/health`)).ok, {
    what: `the shop to answer: ${said()}`,
    timeoutMs: 30_000,
  });
  assert.equal((await fetch(`http://[::1]:${port + 1000}/health/live`)).status, 200);
});

test('a port that leaves none for the internal listener is refused before anything starts', async (t) => {
  const { code, said } = await failToStart(t, { env: { PORT: '65000', INTERNAL_PORT: '' } });

  assert.equal(code, badConfiguration);
  assert.match(said, /PORT=65000 leaves no port 1000 above it .* for example INTERNAL_PORT=4000/);
  assert.doesNotMatch(said, /\bat .*\.ts:/, 'no stack');
});

test('a data folder that can not be made is named, with what to do', async (t) => {
  const { code, said } = await failToStart(t, { dataDir: join('/dev/null', 'shop') });

  assert.equal(code, 1);
  assert.match(
    said,
    /^DATA_DIR=\/dev\/null\/shop can not be used: .* that this user may write to/m,
  );
});

test('a second shop on the same folder is refused, and the first goes on', async (t) => {
  const dataDir = temporaryFolder(t);
  const first = await startApp({ port: await freePort(), dataDir });
  t.after(() => first.kill());

  const { code, said } = await failToStart(t, { dataDir });

  assert.equal(code, 1);
  assert.match(said, /\.sqlite is in use by another process\..* need PostgreSQL/);
  assert.equal((await fetch(`${first.url}/api/products`)).status, 200);
  assert.equal(await first.stop(), 0);
});

if (redisBinary()) {
  test('a Redis that would drop events to make room is refused, with what to change', async (t) => {
    const redis = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
    t.after(() => redis.stop());
    const { code, said } = await failToStart(t, { env: { BUS: 'redis', REDIS_URL: redis.url } });

    assert.equal(code, 1);
    assert.match(said, /REDIS_URL: .*noeviction/);
    assert.doesNotMatch(said, /\bat .*\.ts:/, 'no stack');
  });
}

test('events that have nowhere to go are refused, with what to set', async (t) => {
  const { code, said } = await failToStart(t, { env: { BUS: 'rabbitmq' } });

  assert.equal(code, badConfiguration);
  assert.match(said, /events go over rabbitmq, and AMQP_URL is not set, for example AMQP_URL=/);
});
