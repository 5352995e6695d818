import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';

import { makeSigningKey } from '#kernel/trust/service-keys';
import { startApp } from '#test/app-process';
import { freePort } from '#test/free-port';
import { someHosts } from '#test/some-hosts';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { exchangeRaw, statusesIn } from '../edge/raw-socket.ts';
import { attemptRequest, attemptStream, type Claimed, stolenKey, tokenOf } from './thief.ts';

/** Whom is asked, with whose stolen key, and in the name of which of its modules it may not ask. */
type Raid = {
  readonly topology: string;
  readonly target: string;
  readonly call: string;
  readonly robbed: string;
  readonly speaksFor: string;
  /** A module of the target that the robbed host does not speak for. */
  readonly stranger: string;
  readonly isDeclared: boolean;
};

const raids: readonly Raid[] = [
  {
    ...{ topology: 'payments-apart', target: 'payments', call: 'payments.processPayment' },
    ...{ robbed: 'shop', speaksFor: 'catalog', stranger: 'payments', isDeclared: false },
  },
  {
    ...{ topology: 'payments-apart', target: 'shop', call: 'orders.createOrder' },
    ...{ robbed: 'payments', speaksFor: 'payments', stranger: 'gateway', isDeclared: false },
  },
  {
    ...{ topology: 'every-module-apart', target: 'payments', call: 'payments.processPayment' },
    ...{ robbed: 'orders', speaksFor: 'orders', stranger: 'gateway', isDeclared: true },
  },
  {
    ...{ topology: 'every-module-apart', target: 'orders', call: 'orders.createOrder' },
    ...{ robbed: 'payments', speaksFor: 'payments', stranger: 'gateway', isDeclared: false },
  },
];

const unrecognised = 'The service token of the host that asks is not good here.';

for (const topology of ['payments-apart', 'every-module-apart']) {
  test(`${topology}: whoever forges, replays or oversteps is refused, and the audit says why`, async (t) => {
    const dataDir = temporaryFolder(t);
    const hostOf = await someHosts({ topology: `deploy/topologies/${topology}.json`, dataDir });
    const here = raids.filter((raid) => raid.topology === topology);
    const hosts = here.map(({ target }) => hostOf(target));
    t.after(() => Promise.all(hosts.map(({ process }) => process.kill())));
    await Promise.all(hosts.map(({ process }) => process.start()));
    for (const raid of here) {
      t.diagnostic(`${topology}: ${raid.target} is asked with what was stolen from ${raid.robbed}`);
      await run(t, raid, hostOf(raid.target), dataDir);
    }
    for (const { process } of hosts) assert.equal(await process.stop(), 0);
  });
}

type Target = Awaited<ReturnType<typeof someHosts>> extends (host: string) => infer H ? H : never;

async function run(t: TestContext, raid: Raid, target: Target, dataDir: string): Promise<void> {
  const { call, robbed, speaksFor, stranger, isDeclared } = raid;
  const [module = ''] = call.split('.');
  const [key, own] = [stolenKey(dataDir, robbed), makeSigningKey()];
  const good: Claimed = { iss: robbed, mods: [speaksFor], aud: module };
  const { internal } = target;
  const logged = auditsOf(target);

  const request = (token: string, caller = speaksFor) =>
    attemptRequest(internal, { caller, call, token });
  const stream = (token: (nonce: string) => string, caller = speaksFor) =>
    attemptStream(internal, { caller, call, token });
  const shows = async (what: string, reason: string, answer: Promise<string>, says: string) => {
    const told = await answer;
    assert.ok(told.includes(says), `${what}: ${told}`);
    if (says === unrecognised) assert.ok(!told.includes(reason), told);
    const line = await until(() => logged(reason), { what: `the audit of ${reason}` });
    t.diagnostic(`${what}\n  answered  ${told.slice(0, 200)}\n  logged    ${line}`);
  };
  const refused = (what: string, reason: string, answer: Promise<string>) =>
    shows(what, reason, answer, unrecognised);

  const nobody = { ...good, iss: robbed };
  await refused('no token', 'malformed', request(''));
  await refused('a key of the thief’s own', 'unknown_key', request(tokenOf(nobody, own)));
  await refused(
    'forged: the robbed host’s key in name, another in fact',
    'wrong_signature',
    request(tokenOf(good, own, key.kid)),
  );
  await refused('expired', 'expired', request(tokenOf({ ...good, from: -120 }, key)));
  await refused('an hour long', 'lives_too_long', request(tokenOf({ ...good, until: 3600 }, key)));
  const elsewhere = { ...good, aud: speaksFor };
  await refused('for another audience', 'wrong_audience', request(tokenOf(elsewhere, key)));
  const more = { ...good, mods: [speaksFor, stranger] };
  await refused('claims one module more', 'wrong_module', request(tokenOf(more, key)));
  const bound = tokenOf({ ...good, nonce: 'n'.repeat(43) }, key);
  await refused('replayed: of a stream, as a request', 'nonce_unexpected', request(bound));
  await refused(
    'replayed: of one stream, on another',
    'wrong_nonce',
    stream(() => bound),
  );
  await refused(
    'replayed: of a request, on a stream',
    'nonce_missing',
    stream(() => tokenOf(good, key)),
  );

  const proof = (nonce: string) => tokenOf({ ...good, nonce }, key);
  const forStranger = 'The calling host may not speak for this module.';
  const inName = `in the name of ${stranger}`;
  const asked = request(tokenOf(good, key), stranger);
  await shows(`${inName}, request`, 'caller_not_proven', asked, forStranger);
  await shows(`${inName}, stream`, 'caller_not_proven', stream(proof, stranger), forStranger);
  if (isDeclared) return;
  const undeclared = '"code":"undeclared_call"';
  const asks = `undeclared: ${speaksFor} asks ${call}`;
  await shows(`${asks}, request`, 'undeclared_call', request(tokenOf(good, key)), undeclared);
  await shows(`${asks}, stream`, 'undeclared_call', stream(proof), undeclared);
}

/** The newest line of the audit with a reason, without what says when and where. */
function auditsOf({ process }: Target): (reason: string) => string | undefined {
  const from = process.output().length;
  return (reason) => {
    const lines = process.output().slice(from).split('\n');
    const line = lines.findLast((one) => one.includes(`"${reason}"`));
    if (line === undefined) return undefined;
    const { time, pid, hostname, level, ...facts } = JSON.parse(line);
    return JSON.stringify(facts);
  };
}

test('monolith: nothing of what hosts say to each other is served, on either listener', async (t) => {
  const port = await freePort();
  const shop = await startApp({ port, dataDir: temporaryFolder(t), env: { DEMO: '0' } });
  t.after(() => shop.kill());
  const key = makeSigningKey();
  const good = { iss: 'shop', mods: ['orders'], aud: 'payments' };
  for (const url of [shop.url, shop.operatorUrl]) {
    const attempt = { caller: 'orders', call: 'payments.processPayment', token: '' };
    for (const token of ['', tokenOf(good, key)]) {
      const told = await attemptRequest(url, { ...attempt, token });
      assert.match(told, /^404 /);
      t.diagnostic(`${url} answered ${told.slice(0, 120)}`);
    }
    const hello = await fetch(`${url}/internal/hello`, {
      headers: { 'x-seamline-nonce': 'n'.repeat(43) },
    });
    assert.equal(hello.status, 404);
    const upgrade = `GET /internal/stream HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: seamline-stream/1\r\nx-seamline-nonce: ${'n'.repeat(43)}\r\n\r\n`;
    const answer = await exchangeRaw(Number(new URL(url).port), upgrade);
    const [status] = statusesIn(answer);
    assert.ok(status === 400 || status === 404, answer);
    t.diagnostic(`${url} answered ${status} to the upgrade`);
  }
  assert.equal(await shop.stop(), 0);
});
