import assert from 'node:assert/strict';
import test from 'node:test';

import type { Bytes } from '#kernel/ports/bytes';
import type { CallContext } from '#kernel/ports/call-context';
import { until } from '#test/until';

import { corner, largestFile } from './corner-shop.ts';
import { openDoor, problemIn } from './open-door.ts';
import { rawSocket, statusesIn } from './raw-socket.ts';

const { keepFile } = corner.calls;
const door = await openDoor({ limits: { requestTimeoutMs: 300, uploadTimeoutMs: 60_000 } });

/** What the module behind the door got: the bytes that it read, or what they broke off with. */
let read: { size: number; error: unknown; isOver: boolean };

door.answer(keepFile, async (_input: never, _ctx: CallContext, bytes: Bytes) => {
  const reading = { size: 0, error: undefined as unknown, isOver: false };
  read = reading;
  try {
    for await (const chunk of bytes) reading.size += chunk.length;
  } catch (error) {
    reading.error = error;
    throw error;
  } finally {
    reading.isOver = true;
  }
  return { bytes: reading.size };
});

async function send(form: FormData | string, headers: Record<string, string> = {}) {
  const bearer = await door.keys.bearer();
  return door.fetch('/api/files', {
    method: 'POST',
    body: form,
    headers: { ...bearer, ...headers },
  });
}

function formOf(file: Blob, fields: Record<string, string> = {}, name = 'cat.png'): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', file, name);
  return form;
}

const bytesOf = (size: number) => new Blob([new Uint8Array(size).fill(7)]);

test('a file arrives whole, with the fields before it', async () => {
  const response = await send(formOf(bytesOf(90_000), { title: 'Cat', copies: '2' }));
  assert.equal(response.status, 201);
  assert.deepEqual(await response.json(), { bytes: 90_000 });
  const { input } = door.lastArrived();
  assert.deepEqual(input, {
    title: 'Cat',
    copies: 2,
    sentName: 'cat.png',
    sentType: 'application/octet-stream',
  });
});

test('the name that a client sends is passed on as it is, and no longer than 255', async () => {
  await send(formOf(bytesOf(1), {}, '../../etc/passwd'));
  assert.equal((door.lastArrived().input as { sentName: string }).sentName, '../../etc/passwd');
  await send(formOf(bytesOf(1), {}, 'x'.repeat(5_000)));
  assert.equal((door.lastArrived().input as { sentName: string }).sentName.length, 255);
});

test('a file that is too large is refused, however it is announced', async () => {
  const little = await send(formOf(bytesOf(largestFile + 1)));
  assert.equal(little.status, 413);
  assert.equal((await problemIn(little)).code, 'too_large');
  const much = await send(formOf(bytesOf(2 * 2 ** 20)));
  assert.equal(much.status, 413);
  assert.ok(read.isOver);
});

test('what is no form with one file is refused, and says why', async () => {
  const twice = formOf(bytesOf(10));
  twice.append('file', bytesOf(10), 'dog.png');
  const late = formOf(bytesOf(10));
  late.append('title', 'too late');
  const wrongPart = new FormData();
  wrongPart.append('picture', bytesOf(10), 'cat.png');
  const none = new FormData();
  none.append('title', 'no file');
  for (const [form, detail] of [
    [twice, /more than one file/],
    [late, /before the file/],
    [wrongPart, /part file/],
    [none, /no file/],
  ] as const) {
    const response = await send(form);
    const problem = await problemIn(response);
    assert.equal(response.status, 400, String(detail));
    assert.equal(problem.code, 'malformed_form');
    assert.match(String(problem.detail), detail);
  }
});

test('fields are checked as any input is', async () => {
  const response = await send(formOf(bytesOf(10), { copies: 'many', colour: 'red' }));
  assert.equal(response.status, 400);
  const { code, errors } = await problemIn(response);
  assert.equal(code, 'invalid_request');
  assert.deepEqual(
    new Set((errors as { field: string }[]).map(({ field }) => field)),
    new Set(['copies', 'colour']),
  );
});

test('a body that is no form is refused as a medium, and nothing is called', async () => {
  const before = door.arrived.length;
  const response = await send('{}', { 'content-type': 'application/json' });
  assert.equal(response.status, 415);
  const packed = await send(formOf(bytesOf(10)), { 'content-encoding': 'gzip' });
  assert.equal(packed.status, 415);
  assert.equal(door.arrived.length, before);
});

test('who has not signed in is turned away before the body is read', async () => {
  const before = door.arrived.length;
  const response = await door.fetch('/api/files', { method: 'POST', body: formOf(bytesOf(50)) });
  assert.equal(response.status, 401);
  assert.equal(door.arrived.length, before);
});

const head = async (length: number) => {
  const { authorization } = await door.keys.bearer();
  return [
    'POST /api/files HTTP/1.1',
    'host: shop',
    `authorization: ${authorization}`,
    'content-type: multipart/form-data; boundary=edge',
    `content-length: ${length}`,
  ].join('\r\n');
};
const partHead = '--edge\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n';

test('a client that goes in the middle of its file leaves the reader with an error', async () => {
  const raw = await rawSocket(door.port);
  const before = door.arrived.length;
  raw.write(`${await head(50_000)}\r\n\r\n${partHead}${'x'.repeat(1_000)}`);
  await until(() => door.arrived.length > before && read.size > 0);
  raw.socket.destroy();
  await until(() => read.isOver);
  assert.equal((read.error as { code?: string }).code, 'body_incomplete');
});

test('a form without its last boundary is refused', async () => {
  const body = `${partHead}${'x'.repeat(100)}`;
  const raw = await rawSocket(door.port);
  raw.write(`${await head(body.length)}\r\nconnection: close\r\n\r\n${body}`);
  assert.deepEqual(statusesIn(await raw.closed), [400]);
  assert.equal((read.error as { code?: string }).code, 'malformed_form');
});

test('an upload may be slow; any other body may not', async () => {
  const slow = await rawSocket(door.port);
  const body = `${partHead}${'x'.repeat(10)}\r\n--edge--\r\n`;
  const before = door.arrived.length;
  slow.write(`${await head(body.length)}\r\nconnection: close\r\n\r\n${body.slice(0, -20)}`);
  await until(() => door.arrived.length > before);

  const json = await rawSocket(door.port);
  json.write('POST /api/free-things HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n');
  json.write('content-length: 50\r\n\r\n{');
  assert.deepEqual(statusesIn(await json.closed), [408]);

  slow.write(body.slice(-20));
  assert.deepEqual(statusesIn(await slow.closed), [201]);
});
