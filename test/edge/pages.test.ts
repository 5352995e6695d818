import assert from 'node:assert/strict';
import test from 'node:test';

import type { OpenApi } from '#kernel/http/openapi-document';

import { openDoor } from './open-door.ts';

const door = await openDoor();
const api = (await (await door.fetch('/openapi.json')).json()) as OpenApi;

async function pageAt(path: string): Promise<string> {
  const response = await door.fetch(path);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
  return await response.text();
}

for (const path of ['/', '/docs', '/mailbox']) {
  test(`${path} loads nothing from elsewhere, and holds neither script nor style`, async () => {
    const page = await pageAt(path);
    assert.doesNotMatch(page, /<style|<script>|style="|onclick|undefined|\[object/);
    const loaded = [...page.matchAll(/<(?:link|script)[^>]*(?:href|src)="([^"]+)"/g)];
    assert.ok(loaded.length > 2);
    for (const [, url = ''] of loaded) {
      assert.match(url, /^(\/docs\/|data:)/);
      if (url.startsWith('/')) assert.equal((await door.fetch(url)).status, 200, url);
    }
  });
}

test('the documentation names every call and refusal', async () => {
  const page = await pageAt('/docs');
  for (const path of Object.keys(api.paths)) assert.ok(page.includes(path), path);
  assert.match(page, /<tr id="sold_out">/);
});

test('the documentation names every event, with its fields', async () => {
  const page = await pageAt('/docs');
  const told = (await (await door.fetch('/asyncapi.json')).json()) as {
    asyncapi: string;
    components: { messages: Record<string, { summary: string }> };
  };
  assert.equal(told.asyncapi, '3.0.0');
  const messages = Object.entries(told.components.messages);
  assert.ok(messages.length > 0);
  for (const [name, { summary }] of messages) {
    assert.ok(page.includes(`id="${name}"`), name);
    assert.ok(page.includes(summary), summary);
  }
});

test('the first page leads to what there is, and says what runs where', async () => {
  const page = await pageAt('/');
  for (const path of ['/docs', '/openapi.json', '/asyncapi.json']) {
    assert.ok(page.includes(`href="${path}"`));
    assert.equal((await door.fetch(path)).status, 200);
  }
  assert.match(page, /<b>corner<\/b><\/td><td>this process, SQLite/);
  assert.ok(!page.includes('/mailbox'), 'a shop that writes no letters has no mailbox to show');
});

test('operators’ address is told to who looks from this machine, and to nobody else', async () => {
  const address = 'href="http://127.0.0.1:4000"';
  assert.ok((await pageAt('/')).includes(address));
  const behindProxy = await openDoor({ settings: { TRUSTED_PROXIES: ['127.0.0.0/8', '::1/128'] } });
  const pageOf = async (client: string) =>
    await (await behindProxy.fetch('/', { headers: { 'x-forwarded-for': client } })).text();
  assert.ok(!(await pageOf('203.0.113.9')).includes(address));
  assert.ok((await pageOf('::1')).includes(address));

  const kiosk = /<b>kiosk<\/b><\/td><td>host stand/;
  for (const client of ['203.0.113.9', '::1']) assert.match(await pageOf(client), kiosk);
  assert.doesNotMatch(await pageOf('203.0.113.9'), /10\.0\.0\.7/);
  assert.match(await pageOf('::1'), /host stand at http:\/\/10\.0\.0\.7:4000/);
});

test('letters are styled where they stand; no page runs a script that is not ours', async () => {
  const policyOf = async (path: string) =>
    (await door.fetch(path)).headers.get('content-security-policy') ?? '';
  assert.match(await policyOf('/mailbox'), /style-src 'self' 'unsafe-inline';/);
  assert.match(await policyOf('/docs'), /style-src 'self';/);
  for (const path of ['/', '/docs', '/mailbox']) {
    assert.match(await policyOf(path), /script-src 'self';/);
  }
});
