import assert from 'node:assert/strict';
import { request } from 'node:http';
import test from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { Failure } from '#kernel/failure';
import type { CallTransport } from '#kernel/ports/call-transport';
import { someContext } from '#test/call-context';
import { openDesk, openDeskStore } from '#test/call-desk';
import { desk as contract } from '#test/call-desk-contract';
import { openHttpScene } from '#test/call-scenes';
import { freshPlace } from '#test/event-parties';
import { fileEnd } from '#test/file-end';
import { bookOf, openHttpHost } from '#test/http-hosts';
import { loggedLines } from '#test/logged-lines';
import { staticTrust } from '#test/static-trust';

import { failureOf } from './call-fact.ts';

const store = await openDeskStore(await freshPlace({ name: 'sqlite' }, fileEnd));
fileEnd.after(() => store.close());

/** The desk as it was before it could inflate. */
const { inflate: _, ...calls } = contract.calls;
const older = { ...contract, calls };

const why = (error: Error) => (error as Failure<{ why: string }>).details.why;

for (const mode of ['stream', 'request'] as const) {
  test(`${mode}: who is not what it should be gets no token`, async (t) => {
    const strangers = [
      staticTrust({ host: 'stranger', modules: ['desk'], secret: 'made up' }),
      staticTrust({ host: 'neighbour', modules: ['counter'] }),
    ];
    for (const trust of strangers) {
      const scene = await openHttpScene(store, mode, {}, { trust });
      t.after(() => scene.close());
      const error = await failureOf(echo(scene.transport));
      assert.ok(callFailures.providerUnavailable.is(error), String(error));
      assert.deepEqual(
        scene.consumer.trust.proven.filter(({ audience }) => audience !== 'greeting'),
        [],
      );
    }
  });

  test(`${mode}: a host that nobody trusts is not listened to`, async (t) => {
    const { log } = loggedLines();
    // It trusts the desk, and the desk does not trust it.
    const good = staticTrust({ host: 'desk', modules: ['desk'] });
    const own = staticTrust({ host: 'shop', modules: ['shop'], secret: 'made up' });
    const trust = { ...own, verify: good.verify };
    const scene = await openHttpScene(store, mode, { trust, log });
    t.after(() => scene.close());
    const error = await failureOf(echo(scene.transport));
    assert.ok(error instanceof Failure);
    assert.equal(error.kind, 'unauthenticated');
    assert.equal(scene.desk.progress('spoken').begun, 0);
  });

  test(`${mode}: nobody speaks for a module of another host, and who tries is written down`, async (t) => {
    const { log, having } = loggedLines();
    const scene = await openHttpScene(store, mode, {}, { log });
    t.after(() => scene.close());
    const forged = scene.transport.connect('stall', 'desk', 'wait');
    for (let time = 0; time < 2; time += 1) {
      const error = await failureOf(forged(someContext(), { name: 'forged' }) as Promise<unknown>);
      assert.ok(error instanceof Failure);
      assert.deepEqual([error.kind, error.code], ['forbidden', 'caller_not_proven']);
    }
    assert.equal(scene.desk.progress('forged').begun, 0);
    const audited = having('audit', 'caller_not_proven');
    assert.deepEqual(
      audited.map(({ host, caller }) => ({ host, caller })),
      Array(2).fill({ host: 'shop', caller: 'stall' }),
    );
    await echo(scene.transport);
  });

  test(`${mode}: contracts that do not go together fail every call, and operators are told once`, async (t) => {
    const { log, having } = loggedLines();
    const scene = await openHttpScene(store, mode, { log }, { book: bookOf([older]) });
    t.after(() => scene.close());
    for (let time = 0; time < 3; time += 1) {
      const error = await failureOf(echo(scene.transport));
      assert.ok(callFailures.providerUnavailable.is(error), String(error));
      assert.match(
        why(error),
        /shop and desk have versions of the contract desk that do not go together: they are not the same/,
      );
    }
    const told = having('level', 'error');
    assert.equal(told.length, 1);
    assert.deepEqual([told[0]?.contract, told[0]?.here, told[0]?.there], ['desk', 'shop', 'desk']);
  });

  test(`${mode}: contracts that differ and go together do`, async (t) => {
    const asked: string[] = [];
    const book = {
      ...bookOf([contract]),
      incompatibility: (_name: string, exported: string) => void asked.push(exported),
    };
    const scene = await openHttpScene(store, mode, { book }, { book: bookOf([older]) });
    t.after(() => scene.close());
    await echo(scene.transport);
    assert.equal(asked.length, 1);
    assert.ok(asked[0] === bookOf([older]).exported('desk'));
  });
}

const refused: readonly [string, string | undefined, string | undefined][] = [
  ['no token', undefined, undefined],
  ['a token for another module', 'counter', undefined],
  ['the proof of a server', 'greeting', undefined],
  ['a token of some connection', 'desk', 'x'.repeat(43)],
];

for (const [what, audience, nonce] of refused) {
  test(`a single request with ${what} is refused`, async (t) => {
    const scene = await openHttpScene(store, 'request');
    t.after(() => scene.close());
    const token = audience ? scene.consumer.trust.prove(audience, nonce).text : undefined;
    const answer = await post(scene.provider.url, token);
    assert.equal(answer.status, 401);
    assert.equal(JSON.parse(answer.body).failure.kind, 'unauthenticated');
  });
}

test('a single request answers by status, so that a mesh can tell how it went', async (t) => {
  const scene = await openHttpScene(store, 'request');
  t.after(() => scene.close());
  const { text } = scene.consumer.trust.prove('desk');
  const answered = await post(scene.provider.url, text);
  assert.deepEqual([answered.status, JSON.parse(answered.body)], [200, { value: 1 }]);
  assert.equal((await post(scene.provider.url, text, 'refuse')).status, 402);
  assert.equal((await post(scene.provider.url, text, 'break')).status, 500);
  assert.equal((await post(scene.provider.url, text, 'echo', 'stranger')).status, 403);
});

test('a proof is good on one connection only', async (t) => {
  const scene = await openHttpScene(store, 'stream');
  t.after(() => scene.close());
  await echo(scene.transport);
  const host = await openHttpHost({ host: 'desk', modules: ['desk'], contracts: [contract] });
  t.after(() => host.close());
  host.transport.calls.serve(openDesk(store).served);
  scene.consumer.balancer.add('desk', { id: 'desk-2', url: host.url });
  await Promise.all(Array.from({ length: 4 }, () => echo(scene.transport)));
  const tokens = scene.consumer.trust.proven;
  assert.equal(tokens.length, 2);
  assert.notEqual(tokens[0]?.nonce, tokens[1]?.nonce);
});

function echo(transport: CallTransport): Promise<unknown> {
  const ctx = someContext();
  return transport.connect('shop', 'desk', 'echo')(ctx, { value: 1 }) as Promise<unknown>;
}

type Answer = { readonly status: number | undefined; readonly body: string };

function post(url: string, token: string | undefined, call = 'echo', caller = 'shop') {
  const headers = {
    'content-type': 'application/json',
    'x-caller': caller,
    'x-actor': '{"kind":"anyone"}',
    'x-timeout-ms': '5000',
    'idempotency-key': 'some',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    ...(token === undefined ? {} : { 'x-service-token': token }),
  };
  return new Promise<Answer>((resolve, reject) => {
    const asked = request(`${url}/internal/calls/desk/${call}`, { method: 'POST', headers });
    asked.on('error', reject);
    asked.on('response', async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      resolve({ status: response.statusCode, body });
    });
    asked.end('{"value":1}');
  });
}
