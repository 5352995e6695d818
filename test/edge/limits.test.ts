import assert from 'node:assert/strict';
import test from 'node:test';

import { thing } from './corner-shop.ts';
import { openDoor, problemIn } from './open-door.ts';

const path = `/api/things/${thing.thingId}`;
const proxied = (address: string) => ({ 'x-forwarded-for': address });

/**
 * Asks so often that a limit of one a second can't let half of it pass, however slow the machine.
 * Answers the statuses, and the first refusal.
 */
async function flood(ask: (at: number) => Promise<Response>, times = 60) {
  const answers = await Promise.all(Array.from({ length: times }, (_, at) => ask(at)));
  const refused = answers.find(({ status }) => status === 429);
  return { statuses: answers.map(({ status }) => status), refused };
}

const limited = (statuses: number[]) => statuses.filter((status) => status === 429).length;

test('a network that asks too often is told when to come back, loopback too', async () => {
  const door = await openDoor({ settings: { RATE_LIMIT: 1 } });
  const { statuses, refused } = await flood(() => door.fetch(path));
  assert.ok(limited(statuses) >= 30);
  assert.ok(statuses.includes(200));
  assert.ok(refused);
  assert.equal((await problemIn(refused)).code, 'too_many_requests');
  assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.match(refused.headers.get('ratelimit-policy') ?? '', /^"network";q=1;w=1$/);
  assert.match(refused.headers.get('ratelimit') ?? '', /^"network";r=0;t=\d+$/);
  const audit = door.logged.find((line) => line.audit === 'too_many_requests');
  assert.equal(audit?.client, '127.0.0.1');
});

test('nothing that a client writes into its headers or paths makes it another network', async () => {
  const door = await openDoor({ settings: { RATE_LIMIT: 1 } });
  const tricks: ((at: number) => [string, Record<string, string>])[] = [
    (at) => [path, proxied(`10.0.0.${at}`)],
    (at) => [path, { forwarded: `for=10.0.0.${at}` }],
    (at) => [path, { 'x-real-ip': `10.0.0.${at}`, 'cf-connecting-ip': `10.0.0.${at}` }],
    (at) => [`${path}${'/'.repeat(at)}`, {}],
    (at) => [`/api/nothing/${at}`, {}],
  ];
  await flood(() => door.fetch(path));
  for (const trick of tricks) {
    const { statuses } = await flood((at) => {
      const [target, headers] = trick(at);
      return door.fetch(target, { headers });
    }, 30);
    assert.ok(limited(statuses) >= 10, trick.toString());
  }
});

test('behind a trusted proxy it is the client that counts, and what it wrote itself does not', async () => {
  const settings = { RATE_LIMIT: 1, TRUSTED_PROXIES: ['127.0.0.0/8', '10.9.0.0/16'] };
  const door = await openDoor({ settings });
  const one = await flood(() => door.fetch(path, { headers: proxied('203.0.113.7') }));
  assert.ok(limited(one.statuses) >= 30);
  const other = await door.fetch(path, { headers: proxied('203.0.113.8') });
  assert.equal(other.status, 200);
  const spoofed = await flood(
    (at) => door.fetch(path, { headers: proxied(`198.51.100.${at}, 203.0.113.7`) }),
    20,
  );
  assert.ok(limited(spoofed.statuses) >= 5);
  const chain = await door.fetch(path, { headers: proxied('203.0.113.9, 10.9.1.1') });
  assert.equal(chain.status, 200);
  assert.ok(door.logged.some(({ audit, client }) => audit && client === '203.0.113.7'));
});

test('walking through the addresses of one IPv6 network makes no difference', async () => {
  const settings = { RATE_LIMIT: 1, TRUSTED_PROXIES: ['127.0.0.1/32'] };
  const door = await openDoor({ settings });
  const { statuses } = await flood((at) =>
    door.fetch(path, { headers: proxied(`2001:db8:1:2:${at}::1`) }),
  );
  assert.ok(limited(statuses) >= 30);
  const neighbour = await door.fetch(path, { headers: proxied('2001:db8:1:3::1') });
  assert.equal(neighbour.status, 200);
});

test('an account counts for itself, from however many networks it comes', async () => {
  const settings = { RATE_LIMIT: 1, TRUSTED_PROXIES: ['127.0.0.1/32'] };
  const door = await openDoor({ settings });
  const bearer = await door.keys.bearer();
  const { statuses, refused } = await flood((at) =>
    door.fetch(path, { headers: { ...bearer, ...proxied(`203.0.113.${at}`) } }),
  );
  assert.ok(limited(statuses) >= 30);
  assert.match(refused?.headers.get('ratelimit-policy') ?? '', /"account"/);
});

test('what invites guessing has a limit of its own, per minute and network', async () => {
  const door = await openDoor({ settings: { RATE_LIMIT: 1_000 } });
  const { statuses } = await flood(
    () =>
      door.fetch('/api/free-things', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"a","quantity":1}',
      }),
    8,
  );
  assert.equal(limited(statuses), 5);
  assert.equal((await door.fetch(path)).status, 200);
});

test('limits can be switched off', async () => {
  const door = await openDoor();
  const { statuses } = await flood(() => door.fetch(path), 200);
  assert.equal(limited(statuses), 0);
});
