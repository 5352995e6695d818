import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import test, { type TestContext } from 'node:test';

import { collect, startApp } from '#test/app-process';
import { adminEmail, adminPassword, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { temporaryFolder } from '#test/temp-folder';

const env = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword };

async function demo(args: readonly string[]) {
  const command = spawn(process.execPath, ['src/cli/seamline.js', 'demo', ...args], {
    env: { ...process.env, ...env },
  });
  const output = collect(command);
  const [code] = (await once(command, 'close')) as [number];
  return { code, output: output() };
}

test('the demo tells a customer’s whole journey, again and again, and leaves the shop as it was', async (t) => {
  const app = await startApp({ port: await freePort(), dataDir: temporaryFolder(fileEnd), env });
  t.after(() => app.kill());
  const stock = async () => {
    const { items } = (await (await fetch(`${app.url}/api/products?limit=100`)).json()) as {
      items: { id: string }[];
    };
    const counts = items.map(async ({ id }) =>
      (await fetch(`${app.url}/api/inventory/${id}`)).json(),
    );
    return await Promise.all(counts);
  };
  const first = await demo(['--url', app.url]);
  assert.equal(first.code, 0, first.output);
  const before = await stock();
  const { code, output } = await demo(['--url', app.url]);
  assert.equal(code, 0, output);
  for (const told of [
    /30 products, of which 3 are mugs/,
    /completed: 2 for €29\.00/,
    /402 payment_declined/,
    /has the last .*409 out_of_stock/,
    /the shop asked the provider/,
    /Your order .* is cancelled/,
    /\d+ orders today: €[\d.,]+ taken, €[\d.,]+ given back, €0\.00 kept/,
  ]) {
    assert.match(output, told);
  }
  assert.deepEqual(await stock(), before);
});

test('the demo buys what there is enough of, whatever else the shop has come to sell', async (t) => {
  const app = await startApp({ port: await freePort(), dataDir: temporaryFolder(fileEnd), env });
  t.after(() => app.kill());
  const first = await demo(['--url', app.url]);
  assert.equal(first.code, 0, first.output);
  // The newest mug, of which the shop has the least.
  await stockProduct(await logInAdmin(app.url), 3);
  const { code, output } = await demo(['--url', app.url]);
  assert.equal(code, 0, output);
});

test('the demo waits for orders that are answered before they have settled, as where a host ends', async (t) => {
  const app = await startApp({ port: await freePort(), dataDir: temporaryFolder(fileEnd), env });
  t.after(() => app.kill());
  const door = await impatientDoor(app.url, t);
  const { code, output } = await demo(['--url', door]);
  assert.equal(code, 0, output);
  assert.match(output, /completed: 2 for €29\.00/);
  assert.match(output, /402 payment_declined/);
  assert.match(output, /has the last .*409 out_of_stock/);
  assert.match(output, /€29\.00 of €29\.00/);
});

/** A door to a shop behind which nobody waits for anything: whatever is on its way is answered as it is. */
async function impatientDoor(url: string, t: TestContext): Promise<string> {
  const port = await freePort();
  const server = createServer((asked, answer) => {
    const headers = { ...asked.headers, ...(asked.headers.prefer && { prefer: 'wait=0' }) };
    const passed = request(new URL(asked.url ?? '/', url), { method: asked.method, headers });
    passed.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  server.listen(port, '127.0.0.1');
  t.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${port}`;
}

test('a demo without a shop says how to start one', async () => {
  const { code, output } = await demo(['--url', `http://127.0.0.1:${await freePort()}`]);
  assert.equal(code, 1);
  assert.match(output, /npm start/);
  const unknown = await demo(['--nonsense']);
  assert.equal(unknown.code, 2);
});
