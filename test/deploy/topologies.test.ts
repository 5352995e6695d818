import assert from 'node:assert/strict';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { seamline } from '#test/seamline';
import { temporaryFolder } from '#test/temp-folder';

const folder = 'deploy/topologies';
const topologies = globSync(`${folder}/*.json`).filter((file) => !file.endsWith('.schema.json'));

test('the published schema is the one that topologies are read by', async () => {
  const { out } = await seamline(['topology', 'schema']);

  const published = readFileSync(`${folder}/topology.schema.json`, 'utf8');
  assert.deepEqual(JSON.parse(published), JSON.parse(out));
});

test('there are topologies to check', () => {
  assert.ok(topologies.length >= 4, topologies.join());
});

for (const file of topologies) {
  test(`${file} can run, and names the schema beside it`, async () => {
    const { code, out, complaint } = await seamline(['topology', 'check', file]);

    assert.deepEqual({ code, complaint }, { code: 0, complaint: '' });
    assert.match(out, new RegExp(`^${file} can run\\.`));
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).$schema, './topology.schema.json');
  });
}

test('a topology that can not run is refused with every reason', async (t) => {
  const file = join(temporaryFolder(t), 'topology.json');
  writeFileSync(file, JSON.stringify({ hosts: { one: { modules: ['orders', 'attic'] } } }));
  const { code, complaint } = await seamline(['topology', 'check', file]);

  assert.equal(code, 1);
  for (const reason of [/can not run:/, /there is no module attic/, /payments runs nowhere/]) {
    assert.match(complaint, reason);
  }
});

test('keys are made for every host, and never over others', async (t) => {
  const to = join(temporaryFolder(t), 'keys');
  const topology = `${folder}/payments-apart.json`;
  const made = await seamline(['keys', 'make', '--topology', topology, '--to', to]);

  assert.equal(made.code, 0, made.complaint);
  const trusted = JSON.parse(readFileSync(join(to, 'trust.json'), 'utf8'));
  const hosts = trusted.map(({ host, modules }: { host: string; modules: string[] }) => [
    host,
    modules.length,
  ]);
  assert.deepEqual(hosts, [
    ['shop', 9],
    ['payments', 1],
  ]);
  assert.equal(statSync(join(to, 'payments.key')).mode & 0o777, 0o600);
  const before = readFileSync(join(to, 'payments.key'), 'utf8');
  const again = await seamline(['keys', 'make', '--topology', topology, '--to', to]);
  assert.equal(again.code, 1);
  assert.match(again.complaint, /has shop\.key, payments\.key, trust\.json already/);
  assert.equal(readFileSync(join(to, 'payments.key'), 'utf8'), before);
  const nowhere = join(to, 'trust.json');
  const refused = await seamline(['keys', 'make', '--topology', topology, '--to', nowhere]);
  assert.equal(refused.code, 1);
  assert.match(refused.complaint, /can not be written to .*trust\.json/);
  assert.doesNotMatch(refused.complaint, /^\s+at /m);
});
