import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';

import { consulDiscovery } from '#kernel/discovery/consul';
import { createLogger } from '#kernel/log';
import { consulBinary, type PrivateConsul, startConsul } from '#test/consul';
import { until } from '#test/until';

const log = createLogger('silent');
const patience = { timeoutMs: 20_000 };

if (consulBinary()) {
  test('a host that is killed leaves the set, and one that is not ready is not in it', async (t) => {
    const { asks, host } = await scene(t);
    const [one, two] = [await host('one'), await host('two')];
    await until(() => idsOf(asks).join() === 'one,two', patience);
    await one.die();
    await until(() => idsOf(asks).join() === 'two', patience);
    two.readiness = 503;
    await until(() => idsOf(asks).length === 0, patience);
    two.readiness = 200;
    await until(() => idsOf(asks).join() === 'two', patience);
  });

  test('an agent that lost its memory gets everyone back, and nobody is forgotten meanwhile', async (t) => {
    const { agent, asks, host } = await scene(t);
    await host('one');
    await until(() => idsOf(asks).join() === 'one', patience);
    let seen = 0;
    asks.watch('orders', () => {
      seen += idsOf(asks).length === 0 ? 1 : 0;
    });
    for (const stop of [agent.kill, agent.stop]) {
      await stop();
      assert.deepEqual(idsOf(asks), ['one']);
      await agent.start();
      assert.deepEqual(idsOf(asks), ['one']);
      await until(async () => (await registered(agent)).length === 1, patience);
    }
    assert.equal(seen, 0, 'the set was empty for a moment');
    const late = await host('late');
    await until(() => idsOf(asks).join() === 'late,one', patience);
    await late.discovery.leave();
    await until(() => idsOf(asks).join() === 'one', patience);
  });

  test('leaving takes the host out before anything stops, and for good', async (t) => {
    const { agent, asks, host } = await scene(t);
    const { discovery } = await host('one');
    await until(() => idsOf(asks).length === 1, patience);
    await discovery.leave();
    assert.deepEqual(await registered(agent), []);
    await until(() => idsOf(asks).length === 0, patience);
    assert.deepEqual(await registered(agent), []);
  });

  test('a new process at the address of a dead one takes its place, under another id', async (t) => {
    const { agent, asks, host } = await scene(t);
    const first = await host('first');
    await until(() => idsOf(asks).join() === 'first', patience);
    await first.die();
    await host('second', first.port);
    await until(() => idsOf(asks).join() === 'second', patience);
    assert.equal((await registered(agent)).length, 1);
  });

  test('without a token that may write nothing is registered, and the token opens the door', async (t) => {
    const token = '11111111-2222-3333-4444-555555555555';
    const { agent, host, open } = await scene(t, token);
    const stranger = await host('stranger', 0, 'wrong');
    await host('ours', 0, token);
    const asks = open([], 'http://127.0.0.1:1', 'asks', token);
    await asks.start(['orders']);
    await until(() => idsOf(asks).length > 0, patience);
    assert.deepEqual(idsOf(asks), ['ours']);
    assert.equal((await registered(agent, token)).length, 1);
    await stranger.discovery.leave();
  });
}

test('an index that goes backwards starts anew, an index of 0 is never asked with', async (t) => {
  const asked: string[] = [];
  const told = [7, 9, 3, 0, 12];
  const server = createServer((request, response) => {
    const index = told[asked.length];
    asked.push(new URL(`http://x${request.url}`).searchParams.get('index') ?? 'none');
    if (index === undefined) return;
    response.setHeader('x-consul-index', String(index));
    response.end('[]');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const discovery = consulDiscovery({
    address: new URL(`http://127.0.0.1:${port}`),
    token: undefined,
    own: { modules: [], url: 'http://127.0.0.1:1', instance: 'asks' },
    log,
  });
  t.after(async () => {
    await discovery.close();
    server.closeAllConnections();
    server.close();
  });
  await discovery.start(['orders']);
  await until(() => asked.length === 6);
  assert.deepEqual(asked, ['none', '7', '9', 'none', '1', '12']);
});

type Consul = ReturnType<typeof consulDiscovery>;

async function scene(t: TestContext, acl?: string) {
  const agent = await startConsul(acl === undefined ? {} : { managementToken: acl });
  const ends: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const end of ends) await end();
    await agent.kill();
  });
  const open = (modules: readonly string[], url: string, instance: string, token?: string) => {
    const discovery = consulDiscovery({
      address: new URL(agent.address),
      token,
      own: { modules, url, instance },
      log,
    });
    ends.push(() => discovery.close());
    return discovery;
  };
  const asks = open([], 'http://127.0.0.1:1', 'asks');
  await asks.start(['orders']);
  const host = async (instance: string, wanted = 0, token?: string) => {
    const ready = { readiness: 200 };
    const server = createServer((_request, response) => {
      response.statusCode = ready.readiness;
      response.end('{}');
    });
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const discovery = open(['orders'], `http://127.0.0.1:${port}`, instance, token);
    await discovery.start([]);
    const die = async () => {
      await discovery.close();
      server.closeAllConnections();
      server.close();
    };
    ends.push(die);
    return Object.assign(ready, { discovery, port, die });
  };
  return { agent, asks, host, open };
}

function idsOf(discovery: Consul): readonly string[] {
  return discovery.instancesOf('orders').map(({ id }) => id);
}

async function registered(agent: PrivateConsul, token = ''): Promise<readonly string[]> {
  const response = await fetch(`${agent.address}/v1/agent/services`, {
    headers: { 'x-consul-token': token },
  });
  return Object.keys((await response.json()) as object);
}
