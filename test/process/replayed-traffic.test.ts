import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import test, { type TestContext } from 'node:test';

import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { moneyAtProvider } from '#test/oracles';
import { someHosts } from '#test/some-hosts';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { rawSocket, statusesIn } from '../edge/raw-socket.ts';

/** Somebody between two hosts, who keeps what each connection has sent. */
type Eavesdropper = { readonly port: number; to: number; readonly heard: () => readonly Buffer[] };

for (const calls of ['stream', 'request'] as const) {
  test(`${calls}: what was recorded between two hosts and is sent again pays for nothing`, async (t) => {
    const ear = await eavesdrop(t);
    const dataDir = temporaryFolder(t);
    const hostOf = await someHosts({
      topology: 'deploy/topologies/payments-apart.json',
      ...{ dataDir, env: { CALLS: calls } },
      reachedAt: { payments: `http://127.0.0.1:${ear.port}` },
    });
    const [shop, payments] = [hostOf('shop'), hostOf('payments')];
    t.after(() => Promise.all([shop, payments].map(({ process }) => process.kill())));
    const port = Number(new URL(payments.internal).port);
    ear.to = port;
    await Promise.all([shop, payments].map(({ process }) => process.start()));
    const productId = await stockProduct(await logInAdmin(shop.url), 5);
    const ann = await Customer.signUp(shop.url);
    const order = await ann.order([{ productId, quantity: 1 }]);
    assert.equal(order.body.status, 'completed', JSON.stringify(order.body));
    const before = await moneyAtProvider(dataDir);
    assert.equal(before.size, 1);

    const recorded = ear.heard().filter((bytes) => bytes.includes('processPayment'));
    assert.ok(recorded.length > 0, 'the payment was heard');
    const statuses: number[] = [];
    for (const bytes of recorded) {
      const again = await rawSocket(port);
      again.socket.write(bytes);
      await until(() => statusesIn(again.received()).length > 0 && answered(again.received()));
      statuses.push(...statusesIn(again.received()));
      if (calls === 'stream') assert.match(again.received(), /host_not_recognised/);
      again.socket.destroy();
    }
    assert.deepEqual(await moneyAtProvider(dataDir), before);
    t.diagnostic(`${recorded.length} connections sent again, answered ${statuses.join(', ')}`);
    if (calls === 'request') return;
    const line = await until(() => /.*"wrong_nonce".*/.exec(payments.process.output())?.[0]);
    t.diagnostic(line);
  });
}

function answered(received: string): boolean {
  return /host_not_recognised|HTTP\/1\.1 [245]/.test(received);
}

async function eavesdrop(t: TestContext): Promise<Eavesdropper> {
  const connections: Buffer[][] = [];
  const server = createServer((near) => {
    const far = connect(ear.to, '127.0.0.1');
    const heard: Buffer[] = [];
    connections.push(heard);
    near.on('data', (chunk) => heard.push(chunk));
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ear = { port, to: 0, heard: () => connections.map((chunks) => Buffer.concat(chunks)) };
  return ear;
}
