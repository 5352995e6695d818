import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';

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

test('a demo without a shop says how to start one', async () => {
  const { code, output } = await demo(['--url', `http://127.0.0.1:${await freePort()}`]);
  assert.equal(code, 1);
  assert.match(output, /npm start/);
  const unknown = await demo(['--nonsense']);
  assert.equal(unknown.code, 2);
});
