import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';

import { openDeskStore } from '#test/call-desk';
import { type HttpScene, openHttpScene } from '#test/call-scenes';
import { freshPlace } from '#test/event-parties';
import { fileEnd } from '#test/file-end';
import { staticTrust } from '#test/static-trust';
import { until } from '#test/until';

import { type RawSocket, rawSocket, statusesIn } from '../edge/raw-socket.ts';

// A provider reads requests of the usual form by itself and leaves the others to Node; nobody may notice.

const store = await openDeskStore(await freshPlace({ name: 'sqlite' }, fileEnd));
fileEnd.after(() => store.close());

const shop = staticTrust({ host: 'shop', modules: ['shop'] });
const json = '{"value":1}';
const usual = {
  host: 'desk',
  'content-type': 'application/json',
  'x-service-token': shop.prove('desk').text,
  'x-caller': 'shop',
  'x-actor': encodeURIComponent('{"kind":"anyone"}'),
  'idempotency-key': 'key',
  traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  'x-timeout-ms': '5000',
};

type Form = { call?: string; headers?: Readonly<Record<string, string>>; body?: string };

function post({ call = 'echo', headers = {}, body = json }: Form = {}): string {
  const length = { 'content-length': `${Buffer.byteLength(body)}` };
  const fields = Object.entries({ ...usual, ...length, ...headers }).filter(([, value]) => value);
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `POST /internal/calls/desk/${call} HTTP/1.1\r\n${lines}\r\n${body}`;
}

const chunked = post({
  headers: { 'content-length': '', 'transfer-encoding': 'chunked' },
  body: '5\r\n{"val\r\n6\r\nue":1}\r\n0\r\n\r\n',
});

const understood: Readonly<Record<string, readonly string[]>> = {
  'in one piece': [post()],
  'byte by byte': [...post()],
  'head and body apart': post().split(/(?<=\r\n\r\n)/),
  'in chunks': [chunked],
  'with a connection to be kept': [post({ headers: { connection: 'keep-alive' } })],
  'with names in capitals': [post().replace('content-type', 'Content-Type')],
  'with spaces around a value': [post({ headers: { 'x-timeout-ms': ' \t5000 \t' } })],
  'with more headers than anybody needs': [post({ headers: { via: '1.1 mesh', 'x-a': '' } })],
};

for (const [how, pieces] of Object.entries(understood)) {
  test(`a request ${how} is answered, and so are those before and after it`, async (t) => {
    const { connection } = await openScene(t);
    for (const form of [[post()], pieces, [post()], pieces]) {
      const before = statusesIn(connection.received()).length;
      for (const piece of form) {
        await new Promise((resolve) => connection.socket.write(piece, 'latin1', resolve));
      }
      await until(() => statusesIn(connection.received()).length > before);
    }
    const received = connection.received();
    assert.deepEqual(statusesIn(received), [200, 200, 200, 200]);
    assert.equal(received.split(json).length, 5);
  });
}

test('requests that do not wait for answers get them all, in their order', async (t) => {
  const { connection } = await openScene(t);
  const values = Array.from({ length: 50 }, (_, nth) => `{"value":${nth}}`);
  const forms = values.map((body, nth) =>
    nth === 30 ? post({ body, headers: { via: 'mesh', te: 'trailers' } }) : post({ body }),
  );
  connection.write(forms.join(''));
  await until(() => statusesIn(connection.received()).length === values.length);
  assert.deepEqual(connection.received().match(/\{"value":\d+\}/g), values);
});

const refused: readonly [what: string, form: string, status: number][] = [
  ['without a host', post({ headers: { host: '' } }), 400],
  ['of two lengths', post({ headers: { 'content-length': '5', 'Content-Length': '11' } }), 400],
  ['of a length and in chunks', post({ headers: { 'transfer-encoding': 'chunked' } }), 400],
  ['with a folded header', post({ headers: { 'x-a': 'b\r\n c' } }), 400],
  ['with a bare line feed', post({ headers: { 'x-a': 'b\nx-caller: stall' } }), 400],
  ['with a space before a colon', post({ headers: { 'x-a ': 'b' } }), 400],
  ['with a zero byte', post({ headers: { 'x-a': 'b\0c' } }), 400],
  ['of a length that is none', post({ headers: { 'content-length': '0x5' } }), 400],
  ['with a head that is too long', post({ headers: { 'x-a': 'b'.repeat(17_000) } }), 431],
  ['that is no JSON', post({ body: '{"value"' }), 400],
  ['without a time', post({ headers: { 'x-timeout-ms': 'soon' } }), 400],
  ['of nobody', post({ headers: { 'x-actor': 'king' } }), 400],
  [
    'whose caller is named twice',
    post({ headers: { 'x-caller': 'stall', 'X-Caller': 'shop' } }),
    403,
  ],
  ['for another module', post({ headers: { 'x-caller': 'stall' } }), 403],
  ['with a token that is none', post({ headers: { 'x-service-token': 'x.y' } }), 401],
  ['without a token', post({ headers: { 'x-service-token': '' } }), 401],
];

for (const [what, form, status] of refused) {
  test(`a request ${what} is refused, and nobody else notices`, async (t) => {
    const { scene, connection } = await openScene(t);
    const other = await rawSocket(scene.provider.port);
    other.write(post());
    connection.write(post());
    await until(() => statusesIn(connection.received()).length === 1);
    connection.write(form);
    await until(() => statusesIn(connection.received()).length === 2);
    assert.deepEqual(statusesIn(connection.received()), [200, status]);
    other.write(post());
    await until(() => statusesIn(other.received()).length === 2);
    assert.deepEqual(statusesIn(other.received()), [200, 200]);
  });
}

test('a request that comes while another runs waits for its turn', async (t) => {
  const { scene, connection } = await openScene(t);
  connection.write(post({ call: 'wait', body: '{"name":"first"}' }));
  await until(() => scene.desk.progress('first').begun === 1);
  const other = await rawSocket(scene.provider.port);
  connection.write(post());
  other.write(post());
  await until(() => statusesIn(other.received()).length === 1);
  assert.deepEqual(statusesIn(connection.received()), []);
  scene.desk.release('first');
  await until(() => statusesIn(connection.received()).length === 2);
  assert.ok(connection.received().endsWith(json));
});

test('a caller that hangs up ends its call', async (t) => {
  const { scene, connection } = await openScene(t);
  const headers = { 'x-timeout-ms': '600000' };
  connection.write(post({ call: 'wait', body: '{"name":"left"}', headers }));
  await until(() => scene.desk.progress('left').begun === 1);
  connection.socket.destroy();
  await until(() => scene.desk.progress('left').aborted === 1);
});

test('a provider that leaves answers what runs, and tells of the rest that it was not run', async (t) => {
  const { scene, connection: busy } = await openScene(t);
  const idle = await rawSocket(scene.provider.port);
  idle.write(post());
  await until(() => statusesIn(idle.received()).length === 1);
  busy.write(post({ call: 'wait', body: '{"name":"long"}' }));
  await until(() => scene.desk.progress('long').begun === 1);
  const drained = scene.provider.transport.endpoint.drain(5000);
  idle.write(post());
  assert.deepEqual(statusesIn(await idle.closed), [200, 503]);
  assert.match(idle.received(), /x-not-run: 1/);
  scene.desk.release('long');
  await drained;
  assert.deepEqual(statusesIn(await busy.closed), [200]);
});

test('a connection that says nothing is Node’s to wait for, and is served when it speaks', async (t) => {
  const { connection } = await openScene(t);
  const since = performance.now();
  await until(() => performance.now() - since > 1300);
  connection.write(post());
  await until(() => statusesIn(connection.received()).length === 1);
  assert.deepEqual(statusesIn(connection.received()), [200]);
});

async function openScene(
  t: TestContext,
): Promise<{ readonly scene: HttpScene; readonly connection: RawSocket }> {
  const scene = await openHttpScene(store, 'request');
  t.after(() => scene.close());
  return { scene, connection: await rawSocket(scene.provider.port) };
}
