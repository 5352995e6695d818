import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startApp } from '#test/app-process';
import { ask, Customer, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import type { HostProcess } from '#test/host-process';
import { seamline } from '#test/seamline';
import { startSplit } from '#test/split-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

const dataDir = temporaryFolder(fileEnd);
const shop = await startSplit({
  hosts: {
    orders: ['orders', 'payments'],
    media: ['media'],
    shop: ['users', 'catalog', 'inventory', 'notifications', 'analytics', 'demo'],
    door: ['gateway'],
  },
  instances: { door: 2 },
  dataDir,
  env: { LOG_LEVEL: 'debug' },
});
fileEnd.after(() => shop.stop());
const [url = '', otherUrl = ''] = shop.urls;
const admin = await logInAdmin(url);
const productId = await stockProduct(admin, 20);

function host(name: string): HostProcess {
  const found = shop.hosts.find((one) => one.name === name);
  assert.ok(found, name);
  return found;
}

async function orderOf(customer: Customer): Promise<{ id: string; paymentId: string }> {
  const { status, body } = await customer.order([{ productId, quantity: 1 }]);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

test('the door of a split shop shows the pages of a whole one, and names every host', async (t) => {
  const whole = await startApp({ port: await freePort(), dataDir: temporaryFolder(t) });
  t.after(() => whole.stop());
  const text = async (at: string, path: string) => await (await fetch(at + path)).text();
  for (const path of ['/openapi.json', '/asyncapi.json', '/docs', '/mailbox', '/docs/docs.js']) {
    assert.equal(await text(url, path), await text(whole.url, path), path);
  }
  const split = await text(url, '/');
  const table = /<h2>What runs where<\/h2>[\s\S]*<\/table>/;
  const operators = /href="http:\/\/127\.0\.0\.1:\d+"/;
  const plain = (page: string) => page.replace(table, '').replace(operators, '');
  assert.equal(plain(split), plain(await text(whole.url, '/')));
  const rows = [...split.matchAll(/<tr><td><b>(\w+)<\/b><\/td><td>(.*?)<\/td><\/tr>/g)];
  const places = Object.fromEntries(rows.map(([, module, place]) => [module, place]));
  const { orders, media, shop: rest } = shop.internal;
  const at = (name: string, address = '') => `host ${name} at ${address}`;
  assert.deepEqual(places, {
    ...{ users: at('shop', rest), catalog: at('shop', rest), inventory: at('shop', rest) },
    ...{ notifications: at('shop', rest), analytics: at('shop', rest), demo: at('shop', rest) },
    ...{ orders: at('orders', orders), payments: at('orders', orders), media: at('media', media) },
  });
  for (const door of [url, otherUrl, whole.url]) {
    assert.deepEqual((await ask(door, 'GET /health')).body, { status: 'up' });
  }
});

test('what is somebody’s stays theirs in every host, and a refusal is found by its trace', async () => {
  const [ann, eve] = [await Customer.signUp(url, 'ann'), await Customer.signUp(url, 'eve')];
  const { id, paymentId } = await orderOf(ann);
  const spoofed = {
    'x-user-id': ann.id,
    'x-user-roles': 'admin',
    'x-caller': 'orders',
    'x-actor': JSON.stringify({ kind: 'user', id: ann.id, roles: ['admin'] }),
    'x-service-token': admin.token,
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  };
  const tries = [
    ['GET', `/api/orders/${id}`, undefined, 404],
    ['GET', `/api/orders/${id}/events`, undefined, 404],
    ['POST', `/api/orders/${id}/cancel`, {}, 404],
    ['PATCH', `/api/orders/${id}/status`, { status: 'refunded' }, 403],
    ['GET', `/api/payments/${paymentId}`, undefined, 404],
    ['POST', `/api/payments/${paymentId}/refunds`, {}, 403],
    ['GET', `/api/users/${ann.id}`, undefined, 404],
    ['GET', '/api/mailbox', undefined, 403],
  ] as const;
  for (const [method, path, body, status] of tries) {
    const answer = await eve.ask(`${method} ${path}`, {
      headers: { ...spoofed, 'idempotency-key': 'one-of-eve' },
      ...(body && { body }),
    });
    const what = `${method} ${path}: ${JSON.stringify(answer.body)}`;
    assert.equal(answer.status, status, what);
    assert.notEqual(answer.body.traceId, 'a'.repeat(32), what);
  }
  const own = await eve.ask('GET /api/orders', { headers: spoofed });
  assert.deepEqual(own.body.items, []);
  assert.equal((await admin.ask(`GET /api/orders/${id}`)).body.userId, ann.id);
  assert.equal((await ask(url, `GET /api/orders/${id}`, { headers: spoofed })).status, 401);

  const { body } = await eve.ask(`GET /api/orders/${id}`);
  const line = await until(
    () => linesOf('orders').find((one) => one.trace === body.traceId && one.msg === 'called'),
    { what: 'the call in the log of the other host' },
  );
  const { call, caller, outcome } = line;
  assert.deepEqual([call, caller, outcome], ['orders.getOrder', 'gateway', 'unknown_order']);
});

function linesOf(name: string): Record<string, unknown>[] {
  const lines = host(name).output().split('\n');
  return lines.filter((line) => /^\{.*\}$/.test(line)).map((line) => JSON.parse(line));
}

test('an export has the parts of all hosts, or is refused while one of them is away', async () => {
  const ann = await Customer.signUp(url, 'ann');
  await orderOf(ann);
  const whole = await ann.ask('GET /api/users/me/export');
  assert.equal(whole.status, 200);
  assert.deepEqual(Object.keys(whole.body), [
    ...['analytics', 'media', 'notifications', 'orders', 'payments', 'users'],
  ]);
  assert.equal(whole.body.orders.length, 1);

  await host('orders').kill();
  const refused = await ann.ask('GET /api/users/me/export');
  assert.equal(refused.status, 503, JSON.stringify(refused.body));
  assert.match(refused.headers.get('content-type') ?? '', /application\/problem\+json/);
  assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.match(refused.body.code, /^(provider_unavailable|not_asked)$/);
  assert.equal((await ann.ask('GET /api/products')).status, 200);

  await host('orders').start();
  const again = await until(
    async () => {
      const answer = await ann.ask('GET /api/users/me/export');
      return answer.status === 200 && answer;
    },
    { what: 'the export to be whole again', timeoutMs: 20_000 },
  );
  assert.deepEqual(again.body.orders, whole.body.orders);
});

test('operators reach every host of a data folder by its name, and any instance of it', async () => {
  const ran = async (...args: string[]) => {
    const { code, out, complaint } = await seamline(args, { DATA_DIR: dataDir });
    return code === 0 ? out : `${code} ${complaint}`;
  };
  await orderOf(await Customer.signUp(url, 'ann'));
  assert.match(
    await ran('sagas', 'list'),
    /^2 Several hosts run .*door-1, door-2, media, orders, shop/,
  );
  assert.match(await ran('sagas', 'list', '--host', 'orders'), /orders +checkout +completed/);
  assert.match(await ran('sagas', 'list', '--host', 'media'), /No such sagas/);
  assert.match(
    await ran('sagas', 'resume', 'nothing', '--host', 'orders'),
    /There is no such saga/,
  );
  assert.match(
    await ran('events', 'list', '--host', 'shop'),
    /notifications +done +.*orders\.order/,
  );
  assert.match(
    await ran('events', 'redrive', '--all', '--host', 'shop'),
    /No parked event was meant/,
  );
  assert.match(
    await ran('events', 'list', '--host', 'orders', '--module', 'users'),
    /no such module.* It has (orders, payments|payments, orders)/,
  );
  for (const door of ['door-1', 'door-2', 'door']) {
    assert.match(await ran('events', 'list', '--host', door), /No such events/);
  }
  await host('door-1').kill();
  assert.match(await ran('events', 'list', '--host', 'door'), /No such events/);
  assert.match(await ran('events', 'list', '--host', 'door-1'), /can not be reached/);
  assert.match(await ran('events', 'list', '--host', 'dor'), /No host dor runs .*door-1, door-2/);
});
