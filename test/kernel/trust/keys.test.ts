import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';

import { ConfigError, readSettings } from '#kernel/config/read-settings';
import type { SettingsOf } from '#kernel/config/settings';
import { hostNotRecognised } from '#kernel/kernel-failures';
import { openTrustInMemory, type TrustOptions } from '#kernel/trust/open-trust';
import { parseSigningKey, publicTextOf, seedOf } from '#kernel/trust/service-keys';
import { trustSettings } from '#kernel/trust/trust-settings';
import { movableClock } from '#test/clock';
import { temporaryFolder } from '#test/temp-folder';

import { type Entry, entryOf, makeKey, open, openParty, party } from './trust-scene.ts';

const till = party('till', 'payments');
const depot = party('depot', 'inventory');
const ours = { audience: ['inventory'] };

function settings(environment: Record<string, string>): SettingsOf<typeof trustSettings> {
  return readSettings(environment, { trust: trustSettings }).trust as never;
}

type Options = Omit<TrustOptions, 'log'>;

const apart: Omit<Options, 'settings'> = {
  host: 'depot',
  modules: ['inventory'],
  dataDir: '/nowhere',
  production: true,
  spread: 'many-machines',
  clock: movableClock(),
};

test('a key is given as a seed, as PEM, or as the file that holds either', () => {
  const folder = temporaryFolder({ after });
  const key = makeKey();
  const pem = String(key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'pem'), pem);
  writeFileSync(join(folder, 'seed'), `${seedOf(key)}\n`);
  writeFileSync(join(folder, 'trust.json'), '[]');
  const file = (name: string) => String(pathToFileURL(join(folder, name)));
  for (const given of [seedOf(key), pem, file('pem'), file('seed')]) {
    const read = settings({ SERVICE_KEY: given, SERVICE_TRUST: file('trust.json') });
    const { text } = open({ ...apart, settings: read }).trust.prove('orders');
    const { trust } = openParty(party('shop', 'orders'), [entryOf({ ...depot, key })]);
    assert.equal(trust.verify(text, { audience: ['orders'] }).host, 'depot');
  }
});

test('a key that is none is told by its name, and never shown', () => {
  const rsa = '-----BEGIN PRIVATE KEY-----\nMIIB';
  for (const [name, value, words] of [
    ['SERVICE_KEY', 'hunter2-hunter2', /SERVICE_KEY=\(hidden\) must be an Ed25519 private key/],
    ['SERVICE_KEY', rsa, /SERVICE_KEY=\(hidden\) must be an Ed25519 private key/],
    ['SERVICE_KEY', 'file:key', /must name its file from the root/],
    ['SERVICE_TRUST', 'till', /SERVICE_TRUST="till" must be JSON/],
    ['SERVICE_TRUST', '{}', /must be a list of keys: it must be array/],
    ['SERVICE_TRUST', '[{"modules":["a"]}]', /must be a list of keys: 0\.key is required/],
    ['SERVICE_TRUST', entries({ ...entryOf(till), key: 'short' }), /0\.key must match/],
    ['SERVICE_TRUST', entries({ ...entryOf(till), until: 'soon' }), /0\.until must match/],
    ['SERVICE_TRUST', entries({ ...entryOf(till), untill: 'x' } as Entry), /0\.untill/],
    ['SERVICE_TRUST', entries({ ...entryOf(till), modules: [] }), /0\.modules/],
    ['SERVICE_TRUST', entries(entryOf(till), entryOf(till)), /names .{43} twice/],
  ] as const) {
    assert.throws(
      () => settings({ [name]: value }),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, words);
        assert.ok(name === 'SERVICE_TRUST' || !error.message.includes(value));
        return true;
      },
    );
  }
});

function entries(...list: readonly Entry[]): string {
  return JSON.stringify(list);
}

test('during a rollover a module has two keys; the old one ends when it was said to', () => {
  const clock = movableClock();
  const next = { ...till, key: makeKey() };
  const until = new Date(clock.now() + 600_000).toISOString();
  const { trust, audits } = openParty(depot, [{ ...entryOf(till), until }, entryOf(next)], clock);
  const [before] = [openParty(till, [], clock), openParty(next, [], clock)].map(
    ({ trust: one }) => {
      trust.verify(one.prove('inventory').text, ours);
      return one;
    },
  );
  clock.advance(599_000);
  const last = before?.prove('inventory').text ?? '';
  assert.ok(trust.verify(last, ours).until <= Date.parse(until));
  clock.advance(1_001);
  assert.throws(() => trust.verify(last, ours), hostNotRecognised.is);
  assert.equal(audits().at(-1)?.reason, 'retired_key');
  trust.verify(openParty(next, [], clock).trust.prove('inventory').text, ours);
});

test('keys in files are exchanged while the host runs, on both sides', () => {
  const clock = movableClock();
  const folder = temporaryFolder({ after });
  const files = { key: join(folder, 'key'), trust: join(folder, 'trust.json') };
  writeFileSync(files.key, seedOf(depot.key));
  writeFileSync(files.trust, entries(entryOf(till)));
  const read = settings({
    SERVICE_KEY: String(pathToFileURL(files.key)),
    SERVICE_TRUST: String(pathToFileURL(files.trust)),
  });
  const { trust, logged } = open({ ...apart, clock, settings: read });
  const old = openParty(till, [], clock).trust.prove('inventory').text;
  trust.verify(old, ours);

  const next = { ...till, key: makeKey() };
  const fresh = openParty(next, [], clock).trust.prove('inventory').text;
  assert.throws(() => trust.verify(fresh, ours), hostNotRecognised.is);
  replace(files.trust, entries(entryOf(next)));
  assert.equal(trust.verify(fresh, ours).host, 'till');
  assert.throws(() => trust.verify(old, ours), hostNotRecognised.is);

  const mine = { ...depot, key: makeKey() };
  const { trust: others } = openParty(till, [entryOf(mine)], clock);
  const asked = { audience: ['payments'] };
  assert.throws(() => others.verify(trust.prove('payments').text, asked), hostNotRecognised.is);
  replace(files.key, seedOf(mine.key));
  clock.advance(1_000);
  assert.equal(others.verify(trust.prove('payments').text, asked).host, 'depot');
  assert.equal(others.unseal('inventory', trust.seal('inventory', 'fact')), 'fact');

  writeFileSync(files.trust, '[{"modules": ["payme');
  clock.advance(1_000);
  assert.equal(trust.verify(fresh, ours).host, 'till');
  assert.ok(logged.some(({ level, what }) => level === 'error' && what === files.trust));
  replace(files.trust, '[]');
  clock.advance(1_000);
  assert.throws(() => trust.verify(fresh, ours), hostNotRecognised.is);
});

/** As whoever writes secrets does: another file takes the place of the one before. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.next`, text);
  renameSync(`${file}.next`, file);
}

const madeUp = { SERVICE_KEY: undefined, SERVICE_TRUST: undefined };
const together = { settings: madeUp, spread: 'one-machine', production: false } as const;

test('hosts of one data folder make up keys and know each other, without a restart', () => {
  const dataDir = temporaryFolder({ after });
  const local = { ...apart, ...together, dataDir };
  const { trust: depots } = open({ ...local, host: 'depot', modules: ['inventory'] });
  const { trust: tills } = open({ ...local, host: 'till', modules: ['payments'] });
  assert.equal(depots.verify(tills.prove('inventory').text, ours).host, 'till');
  assert.equal(
    tills.verify(depots.prove('payments').text, { audience: ['payments'] }).host,
    'depot',
  );

  const { trust: second } = open({ ...local, host: 'till', modules: ['payments', 'orders'] });
  assert.deepEqual(
    [...depots.verify(second.prove('inventory').text, ours).modules],
    ['payments', 'orders'],
  );
  const third = open({ ...local, host: 'till', modules: ['payments', 'orders', 'media'] });
  assert.equal(depots.unseal('media', third.trust.seal('media', 'fact')), 'fact');
  const folder = join(dataDir, 'service-keys');
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, 'till.key')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder).sort(), ['depot.key', 'depot.pub', 'till.key', 'till.pub']);
  const key = parseSigningKey(readFileSync(join(folder, 'till.key'), 'utf8'));
  assert.ok(!readFileSync(join(folder, 'till.pub'), 'utf8').includes(seedOf(key)));
  assert.ok(readFileSync(join(folder, 'till.pub'), 'utf8').includes(publicTextOf(key)));

  const stranger = open({
    ...local,
    dataDir: temporaryFolder({ after }),
    host: 'x',
    modules: ['x'],
  });
  const text = stranger.trust.prove('inventory').text;
  assert.throws(() => depots.verify(text, ours), hostNotRecognised.is);
});

test('a made-up key is kept over a restart, and one spoilt card locks out its own host alone', () => {
  const dataDir = temporaryFolder({ after });
  const local: Options = { ...apart, settings: madeUp, spread: 'one-process', dataDir };
  const shop = { ...local, host: 'shop', modules: ['orders'] };
  const sealed = open(shop).trust.seal('orders', 'before the restart');
  writeFileSync(join(dataDir, 'service-keys', 'broken.pub'), 'not a card');
  const { trust, logged } = open(shop);
  assert.equal(trust.unseal('orders', sealed), 'before the restart');
  assert.ok(
    logged.some(({ level, file }) => level === 'error' && `${file}`.endsWith('broken.pub')),
  );
});

test('keys are made up neither in production nor for hosts that are elsewhere', () => {
  const dataDir = temporaryFolder({ after });
  const local = { ...apart, settings: madeUp, dataDir };
  for (const [changes, words] of [
    [{}, /^depot can not prove itself .* on more than one machine.*Set SERVICE_KEY .*openssl/],
    [{ production: false }, /run on more than one machine, so keys are not made up/],
    [{ spread: 'one-machine' }, /NODE_ENV=production, and the modules run in more than one host/],
    [
      { settings: { ...madeUp, SERVICE_KEY: { value: depot.key } } },
      /^SERVICE_KEY is set and SERVICE_TRUST is not/,
    ],
    [
      { settings: { ...madeUp, SERVICE_TRUST: { value: [] } }, spread: 'one-process' },
      /^SERVICE_TRUST is set and SERVICE_KEY is not/,
    ],
    [
      { settings: { SERVICE_KEY: { file: '/nowhere/key' }, SERVICE_TRUST: { value: [] } } },
      /^SERVICE_KEY is to be read from \/nowhere\/key, and can not be: ENOENT/,
    ],
    [{ host: '../till' }, /"\.\.\/till" is no name for a host/],
  ] as const) {
    assert.throws(
      () => open({ ...local, ...changes }),
      (error) => {
        assert.equal((error as Error).name, 'StartError');
        assert.match((error as Error).message, words);
        return true;
      },
    );
  }
  assert.deepEqual(readdirSync(dataDir), []);
});

test('trust in memory is of one process: it knows itself and nobody else', () => {
  const clock = movableClock();
  const { log } = { log: { warn() {}, child: () => log } } as never as { log: never };
  const make = () => openTrustInMemory({ host: 'shop', modules: ['orders'], clock, log });
  const [one, other] = [make(), make()];
  const { text } = one.prove('orders');
  assert.equal(one.verify(text, { audience: ['orders'] }).host, 'shop');
  assert.throws(() => other.verify(text, { audience: ['orders'] }), hostNotRecognised.is);
});
