import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';

import { collect } from '#test/app-process';
import { adminEmail, adminPassword, Customer, logInAdmin, stockProduct } from '#test/customer';
import { freePort } from '#test/free-port';
import { seamline, startSeamline } from '#test/seamline';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

type Running = {
  readonly command: ChildProcess;
  readonly said: () => string;
  readonly url: string;
};

/** Runs every module apart, on ports that nobody has. */
async function startSplit(t: TestContext, dataDir: string): Promise<Running> {
  const file = join(dataDir, 'topology.json');
  const topology = JSON.parse(readFileSync('deploy/topologies/every-module-apart.json', 'utf8'));
  for (const host of Object.values<{ at: string[]; public?: string[] }>(topology.hosts)) {
    host.at = [`http://127.0.0.1:${await freePort()}`];
    if (host.public) host.public = [`http://127.0.0.1:${await freePort()}`];
  }
  writeFileSync(file, JSON.stringify(topology));
  const command = startSeamline(['split', '--topology', file], {
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    RATE_LIMIT: 'off',
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: adminPassword,
  });
  const said = collect(command);
  t.after(() => end(command));
  await until(() => /all 9 hosts are ready/.test(said()) || command.exitCode !== null, {
    what: 'nine hosts to be ready',
    timeoutMs: 120_000,
  });
  assert.equal(command.exitCode, null, said());
  return { command, said, url: topology.hosts.gateway.public[0] };
}

async function end(command: ChildProcess): Promise<void> {
  if (command.exitCode !== null || command.signalCode !== null) return;
  const closed = once(command, 'close');
  command.kill('SIGINT');
  await closed;
}

/** The processes of a shop, by the data folder that they have in common, each with its host. */
function processes(dataDir: string): ReadonlyMap<string, number> {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  const hosts = lines.flatMap((line) => {
    const [, pid, host] =
      /^\s*(\d+) .*launcher\.js --topology (?:\S+) --host (\S+)/.exec(line) ?? [];
    return pid && host && line.includes(dataDir) ? [[host, Number(pid)] as const] : [];
  });
  return new Map(hosts);
}

test('nine processes are one shop: the demo passes, a killed one comes back, one signal ends all', async (t) => {
  const dataDir = temporaryFolder(t);
  const { command, said, url } = await startSplit(t, dataDir);
  assert.equal(processes(dataDir).size, 9);

  const demo = await seamline(['demo', '--url', url], {
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: adminPassword,
  });
  assert.equal(demo.code, 0, demo.output);
  assert.match(demo.out, /All of it in/);

  const killed = processes(dataDir).get('payments');
  assert.ok(killed);
  process.kill(killed, 'SIGKILL');
  await until(() => /payments +\| ready again/.test(said()), {
    what: 'payments to be back',
    timeoutMs: 60_000,
  });
  const productId = await stockProduct(await logInAdmin(url), 5);
  const ann = await Customer.signUp(url);
  const order = await ann.order([{ productId, quantity: 1 }]);
  assert.equal(order.status, 201, JSON.stringify(order.body));

  await end(command);
  assert.equal(command.exitCode, 0, said());
  assert.equal(processes(dataDir).size, 0);
});

test('a host that can not start ends them all, and says why', async (t) => {
  const dataDir = temporaryFolder(t);
  const port = await freePort();
  const file = join(dataDir, 'topology.json');
  const topology = JSON.parse(readFileSync('deploy/topologies/payments-apart.json', 'utf8'));
  topology.hosts.shop.at = [`http://127.0.0.1:${await freePort()}`];
  topology.hosts.shop.public = [`http://127.0.0.1:${port}`];
  topology.hosts.payments.at = [`http://127.0.0.1:${await freePort()}`];
  writeFileSync(file, JSON.stringify(topology));
  const env = { DATA_DIR: dataDir, RATE_LIMIT: 'often' };
  const { code, output } = await seamline(['split', '--topology', file], env);

  assert.equal(code, 1);
  assert.match(output, /shop +\| .*RATE_LIMIT="often" must be off or a rate/);
  assert.match(output, /Host shop did not start/);
  assert.equal(processes(dataDir).size, 0);
});

test('hosts of other machines are not started here', async () => {
  const { code, output } = await seamline([
    'split',
    '--topology',
    'deploy/topologies/compose.json',
  ]);

  assert.equal(code, 1);
  assert.match(output, /Host gateway of .* is at http:\/\/gateway:4000, which is not this machine/);
});
