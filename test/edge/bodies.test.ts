import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';

import { openDoor, problemIn } from './open-door.ts';

const door = await openDoor();

const json = { 'content-type': 'application/json' };

async function post(body: string | Uint8Array, headers: Record<string, string> = json) {
  const before = door.arrived.length;
  const response = await door.fetch('/api/free-things', {
    method: 'POST',
    headers,
    body: body as string,
  });
  return { response, problem: await problemIn(response), calls: door.arrived.length - before };
}

/** What is sent, how it is answered, and that nothing came of it. */
async function assertRefused(
  body: string | Uint8Array,
  status: number,
  code: string,
  words: RegExp,
) {
  const { response, problem, calls } = await post(body);
  assert.equal(response.status, status);
  assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  assert.equal(problem.code, code);
  assert.equal(problem.status, status);
  assert.match(String(problem.traceId), /^[0-9a-f]{32}$/);
  assert.equal(problem.traceId, response.headers.get('x-request-id'));
  assert.match(JSON.stringify(problem), words);
  assert.equal(calls, 0);
}

const good = { name: 'mug', quantity: 2 };

test('a good body becomes the input of the call', async () => {
  const { response, calls } = await post(JSON.stringify(good));
  assert.equal(response.status, 201);
  assert.equal(calls, 1);
  assert.deepEqual(door.arrived.at(-1)?.input, good);
});

test('unknown fields, wrong types and missing fields are told all at once, each by its name', async () => {
  const body = { name: 7, role: 'admin', size: { cm: 'long', inch: 1 } };
  const { response, problem } = await post(JSON.stringify(body));
  assert.equal(response.status, 400);
  assert.equal(problem.code, 'invalid_request');
  const errors = problem.errors as { field: string; message: string }[];
  const fields = errors.map(({ field }) => field).sort();
  assert.deepEqual(fields, ['name', 'quantity', 'role', 'size.cm', 'size.inch']);
  assert.ok(errors.every(({ message }) => message !== ''));
});

test('a body that is no object is refused', async () => {
  for (const body of ['[]', '"x"', 'null', '1']) {
    await assertRefused(body, 400, 'invalid_request', /must be an object/);
  }
});

test('broken JSON is refused without a word of what it held', async () => {
  for (const body of [
    '{"name":',
    '{name:"secret-word"}',
    '{"name":"secret-word"',
    "{'a':1}",
    '{}x',
  ]) {
    await assertRefused(body, 400, 'malformed_json', /grammar/);
    const { problem } = await post(body);
    assert.doesNotMatch(JSON.stringify(problem), /secret-word/);
  }
});

test('bytes that are no UTF-8 are refused', async () => {
  await assertRefused(Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400, 'malformed_json', /UTF-8/);
});

test('a key that stands twice is refused, at any depth and however it is written', async () => {
  const twice = '{"name":"a","quantity":1,"quantity":999}';
  await assertRefused(twice, 400, 'malformed_json', /quantity.*stands twice/);
  await assertRefused('{"size":{"cm":1,"\\u0063m":2}}', 400, 'malformed_json', /stands twice/);
  await assertRefused('{"a":[{"b":1,"b":1}]}', 400, 'malformed_json', /stands twice/);
});

test('keys that reach for a prototype are refused and pollute nothing', async () => {
  for (const body of [
    '{"__proto__":{"polluted":1}}',
    '{"size":{"__proto__":{"polluted":1}}}',
    '{"\\u005f\\u005fproto__":{"polluted":1}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
  ]) {
    await assertRefused(body, 400, 'malformed_json', /not accepted/);
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test('numbers that no double holds are refused instead of altered', async () => {
  for (const number of ['1e999', '-1e999', '9007199254740993', '12345678901234567890']) {
    const body = `{"name":"a","quantity":${number}}`;
    await assertRefused(body, 400, 'malformed_json', /too large/);
  }
});

test('text that no database holds is refused', async () => {
  await assertRefused('{"name":"a\\u0000b"}', 400, 'malformed_json', /NUL/);
  await assertRefused('{"name":"\\ud800"}', 400, 'malformed_json', /surrogate/);
});

test('nesting beyond 64 is refused, also 200 000 deep', async () => {
  for (const depth of [65, 200_000]) {
    const body = '['.repeat(depth) + ']'.repeat(depth);
    await assertRefused(body, 400, 'malformed_json', /nests deeper/);
  }
});

test('two megabytes are refused as too large, and the sender gets to read it', async () => {
  const body = JSON.stringify({ ...good, name: 'x'.repeat(2 * 1024 * 1024) });
  await assertRefused(body, 413, 'too_large', /1048576/);
});

test('more keys than anybody needs are refused before anything is said about each', async () => {
  const keys = Array.from({ length: 50_000 }, (_, at) => `"k${at}":1`);
  await assertRefused(`{${keys.join(',')}}`, 400, 'malformed_json', /more than 10000 keys/);
  const some = `{${keys.slice(0, 5_000).join(',')}}`;
  await assertRefused(some, 400, 'invalid_request', /"k0","message":"is not known here"/);
});

test('the name of an unknown field is not echoed at its whole length', async () => {
  const { problem } = await post(JSON.stringify({ ['x'.repeat(100_000)]: 1 }));
  assert.ok(JSON.stringify(problem).length < 1_000);
});

test('media other than plain JSON are refused: forms, other encodings, packed bodies', async () => {
  const body = JSON.stringify(good);
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/jsonx',
    '',
  ]) {
    const { response, problem } = await post(body, { 'content-type': type });
    assert.equal(response.status, 415, type);
    assert.equal(problem.code, 'unsupported_media');
  }
  const packed = { ...json, 'content-encoding': 'gzip' };
  const { response } = await post(gzipSync('x'.repeat(50_000_000)), packed);
  assert.equal(response.status, 415);
});

test('a signed body reaches its call byte for byte, of whatever type', async () => {
  const body = '{ "a" : 1,\r\n "a" : 2 }';
  const headers = { 'content-type': 'application/json', 'x-signature': 'v1,abc' };
  const response = await door.fetch('/api/partner', { method: 'POST', headers, body });
  assert.equal(response.status, 204);
  assert.deepEqual(door.arrived.at(-1)?.input, { body, signature: 'v1,abc' });
});
