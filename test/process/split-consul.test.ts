import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';

import { consulBinary, type PrivateConsul, startConsul } from '#test/consul';
import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { freshDatabase } from '#test/database';
import { type FoundShop, planFoundShop } from '#test/found-shop';
import { orderSteadily } from '#test/steady-orders';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

const hosts = {
  front: [
    ...['gateway', 'users', 'catalog', 'inventory', 'orders'],
    ...['notifications', 'media', 'analytics', 'demo'],
  ],
  till: ['payments'],
};

/** A check is made every two seconds, and may take as long. */
const patience = { timeoutMs: 30_000, everyMs: 20 };

const { TEST_POSTGRES_URL: postgres } = process.env;

if (consulBinary() && postgres) {
  test('a shop that finds itself by Consul goes on through a crash, a drain and an outage of Consul', async (t) => {
    const consul = await agent(t);
    const env = { DATABASE_URL: await freshDatabase(postgres, t), POOL_SIZE: '2' };
    const shop = plan(t, { ...env, CONSUL_HTTP_ADDR: consul.address });
    const [front, one, two] = [
      await shop.instance('front'),
      await shop.instance('till'),
      await shop.instance('till'),
    ];
    await Promise.all([front, one, two].map(({ process }) => process.start()));
    const are = (...found: readonly { port: number }[]) => knows(consul, 'payments', found);
    const since = stopwatch(t);

    await are(one, two);
    for (const module of hosts.front) await knows(consul, module, [front]);
    since('registered and ready: payments twice, all others once');
    const orders = await orderSteadily(front.url);
    const counted = (what: string) =>
      since(`${what}; ${orders.completed()} orders so far, ${orders.otherwise.length} otherwise`);
    await orders.more(20);

    since();
    await one.process.kill();
    await orders.more(20);
    counted('till-1 killed (-9), 20 more orders by the other');
    await are(two);
    counted('till-1 is out of the set');
    await one.process.start();
    await are(one, two);
    counted('till-1 started again, and is in the set');

    since();
    const ended = two.process.stop();
    await are(one);
    assert.notEqual(two.process.pid, undefined);
    counted('till-2 told to end (SIGTERM), and is out of the set');
    assert.equal(await ended, 0);
    counted('till-2 has ended with 0');
    await orders.more(20);

    since();
    await consul.stop();
    await orders.more(20);
    counted('Consul stopped, 20 more orders');
    const three = await shop.instance('till');
    await three.process.start();
    counted('till-3 started while Consul is away');
    await orders.more(20);
    await consul.start();
    since();
    await are(one, three);
    counted('Consul is back, and has been told of all');
    await knows(consul, 'orders', [front]);
    assert.equal(await one.process.stop(), 0);
    await are(three);
    await orders.more(20);
    counted('till-1 ended; the front has found till-3');

    await orders.finish();
    assert.deepEqual(orders.otherwise, []);
    for (const { process } of [front, three]) assert.equal(await process.stop(), 0);
    assert.deepEqual(await registered(consul), []);
  });
}

if (consulBinary()) {
  test('where Consul has rules, a host needs a token that may register it', async (t) => {
    const managementToken = '11111111-2222-3333-4444-555555555555';
    const consul = await agent(t, managementToken);
    const token = await narrowToken(consul, managementToken);
    const shop = plan(t, { CONSUL_HTTP_ADDR: consul.address, CONSUL_HTTP_TOKEN: token });
    const front = await shop.instance('front');
    const stranger = await shop.instance('till', { CONSUL_HTTP_TOKEN: '' });
    await Promise.all([front, stranger].map(({ process }) => process.start()));
    const told = await until(
      () => lineWith(stranger.process.output(), 'Consul does not take us'),
      patience,
    );
    t.diagnostic(told);
    assert.match(told, /Consul answered 403/);
    assert.doesNotMatch(front.process.output(), /Consul does not/);
    await knows(consul, 'payments', [], token);
    assert.equal(await stranger.process.stop(), 0);

    const till = await shop.instance('till');
    await till.process.start();
    await knows(consul, 'payments', [till], token);
    const productId = await stockProduct(await logInAdmin(front.url), 5);
    const ann = await Customer.signUp(front.url);
    const order = await ann.order([{ productId, quantity: 1 }]);
    assert.deepEqual([order.status, order.body.status], [201, 'completed']);
    for (const { process } of [front, till]) {
      assert.equal(await process.stop(), 0);
      assert.ok(!process.output().includes(token));
    }
    assert.deepEqual(await registered(consul, token), []);
  });
}

async function agent(t: TestContext, managementToken?: string): Promise<PrivateConsul> {
  const consul = await startConsul(managementToken === undefined ? {} : { managementToken });
  t.after(() => consul.kill());
  return consul;
}

function plan(t: TestContext, env: Readonly<Record<string, string>>): FoundShop {
  const shop = planFoundShop({ hosts, discovery: 'consul', dataDir: temporaryFolder(t), env });
  t.after(() => shop.kill());
  return shop;
}

/** Says how long it took since it was last asked. */
function stopwatch(t: TestContext): (what?: string) => void {
  let from = performance.now();
  return (what) => {
    const ms = Math.round(performance.now() - from);
    from = performance.now();
    if (what !== undefined) t.diagnostic(`${String(ms).padStart(6)} ms  ${what}`);
  };
}

/** A token that may do what a host has to, and nothing else. */
async function narrowToken({ address }: PrivateConsul, managementToken: string): Promise<string> {
  const put = async (path: string, body: object) => {
    const headers = { 'x-consul-token': managementToken };
    const response = await fetch(`${address}/v1/acl/${path}`, {
      ...{ method: 'PUT', headers, body: JSON.stringify(body) },
    });
    assert.equal(response.status, 200);
    return (await response.json()) as { readonly SecretID: string };
  };
  const Rules = 'service_prefix "" { policy = "write" } node_prefix "" { policy = "read" }';
  await put('policy', { Name: 'host', Rules });
  return (await put('token', { Policies: [{ Name: 'host' }] })).SecretID;
}

async function asked({ address }: PrivateConsul, path: string, token = ''): Promise<unknown> {
  const response = await fetch(`${address}/v1/${path}`, { headers: { 'x-consul-token': token } });
  assert.equal(response.status, 200);
  return response.json();
}

/** Resolves when the ready instances of a module are these, as the agent tells whoever asks. */
async function knows(
  consul: PrivateConsul,
  module: string,
  found: readonly { readonly port: number }[],
  token?: string,
): Promise<void> {
  const wanted = sorted(found.map(({ port }) => port));
  const ports = async () => {
    const entries = await asked(consul, `health/service/${module}?passing=true`, token);
    return (entries as { readonly Service: { readonly Port: number } }[]).map(
      ({ Service }) => Service.Port,
    );
  };
  const what = `Consul to know ${module}`;
  await until(async () => sorted(await ports()) === wanted, { ...patience, what });
}

async function registered(consul: PrivateConsul, token?: string): Promise<readonly string[]> {
  return Object.keys((await asked(consul, 'agent/services', token)) as object);
}

const sorted = (ports: readonly number[]) => ports.toSorted((a, b) => a - b).join();

function lineWith(output: string, text: string): string | undefined {
  return output.split('\n').find((line) => line.includes(text));
}
