import assert from 'node:assert/strict';
import test from 'node:test';

import { thing } from './corner-shop.ts';
import { openDoor } from './open-door.ts';

const ours = 'https://shop.example.com';
const door = await openDoor({ settings: { CORS_ORIGINS: [ours, 'http://localhost:5173'] } });
const path = `/api/things/${thing.thingId}`;

const preflight = (origin: string) =>
  door.fetch('/api/things', {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });

test('a page of an allowed origin may call, and read what it needs of the answer', async () => {
  const { headers } = await door.fetch(path, { headers: { origin: ours } });
  assert.equal(headers.get('access-control-allow-origin'), ours);
  assert.match(headers.get('access-control-expose-headers') ?? '', /location.*x-request-id/);
  assert.match(headers.get('vary') ?? '', /Origin/);
  const allowed = await preflight(ours);
  assert.equal(allowed.status, 204);
  assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /idempotency-key/);
  assert.equal(allowed.headers.get('access-control-allow-credentials'), null);
});

test('no other origin may, however close it looks', async () => {
  for (const origin of [
    'null',
    'https://shop.example.com.evil.example',
    'https://evil-shop.example.com',
    'https://evil.shop.example.com',
    'http://shop.example.com',
    'https://shop.example.com:8443',
    'https://SHOP.example.com',
    'http://localhost:3000',
  ]) {
    const { headers } = await door.fetch(path, { headers: { origin } });
    assert.equal(headers.get('access-control-allow-origin'), null, origin);
    const refused = await preflight(origin);
    assert.equal(refused.headers.get('access-control-allow-origin'), null, origin);
  }
});

test('without allowed origins no page of another origin may call at all', async () => {
  const closed = await openDoor();
  const { headers } = await closed.fetch(path, { headers: { origin: ours } });
  assert.equal(headers.get('access-control-allow-origin'), null);
});
