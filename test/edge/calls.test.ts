import assert from 'node:assert/strict';
import test from 'node:test';

import { CallBroke } from '#kernel/calls/call-failures';

import { corner, thing } from './corner-shop.ts';
import { customerId, openDoor, problemIn } from './open-door.ts';

const door = await openDoor();
const { calls, errors } = corner;
const path = `/api/things/${thing.thingId}`;

const inputOf = async (query: string, headers: Record<string, string> = {}) => {
  const response = await door.fetch(`${path}${query}`, { headers });
  assert.equal(response.status, 200, query);
  return door.arrived.at(-1)?.input;
};

const errorsOf = async (query: string) => {
  const response = await door.fetch(`${path}${query}`);
  assert.equal(response.status, 400, query);
  return (await problemIn(response)).errors as { field: string; message: string }[];
};

async function make(headers: Record<string, string>, body: object = { name: 'mug', quantity: 1 }) {
  return door.fetch('/api/things', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

test('path, query and headers become the input, read by the schema of the call', async () => {
  const { thingId } = thing;
  assert.deepEqual(await inputOf(''), { thingId });
  assert.deepEqual(await inputOf('?limit=7&deep=true&tags=a&tags=b%20c'), {
    ...{ thingId, limit: 7, deep: true, tags: ['a', 'b c'] },
  });
  assert.deepEqual(await inputOf('', { 'x-mark': 'red' }), { thingId, mark: 'red' });
});

test('a query that does not fit is refused by field', async () => {
  for (const [query, field] of [
    ['?limit=seven', 'limit'],
    ['?limit=0', 'limit'],
    ['?limit=1.5', 'limit'],
    ['?limit=1&limit=2', 'limit'],
    ['?limit=', 'limit'],
    ['?deep=1', 'deep'],
    ['?colour=red', 'colour'],
    ['?__proto__=1', '__proto__'],
    ['?constructor[prototype][x]=1', 'constructor[prototype][x]'],
    ['?tags=a%00b', 'tags'],
    ['?tags=%ff', 'tags'],
  ] as const) {
    assert.deepEqual(
      (await errorsOf(query)).map((error) => error.field),
      [field],
      query,
    );
  }
});

test('what the server itself fills in can not be sent: not in the query, not in the body', async () => {
  assert.deepEqual(
    (await errorsOf('?mark=blue')).map(({ field }) => field),
    ['mark'],
  );
  assert.deepEqual(
    (await errorsOf('?thingId=x')).map(({ field }) => field),
    ['thingId'],
  );
  const body = { name: 'mug', quantity: 1, owner: 'somebody else' };
  const response = await make(await door.keys.bearer(), body);
  assert.equal(response.status, 400);
  const problem = await problemIn(response);
  assert.match(JSON.stringify(problem.errors), /"owner","message":"is taken from the server/);
});

test('a path parameter is checked too', async () => {
  const response = await door.fetch('/api/things/..%2f..%2fetc');
  assert.equal(response.status, 400);
  assert.deepEqual(
    ((await problemIn(response)).errors as { field: string }[]).map(({ field }) => field),
    ['thingId'],
  );
});

test('the answer has the status and the headers of its route', async () => {
  const response = await make(await door.keys.bearer());
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('location'), path);
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.deepEqual(await response.json(), thing);
});

test('a command is followed by the query that its route names, and that answers', async () => {
  door.answer(calls.awaitThing, () => ({ ...thing, quantity: 9 }));
  const response = await door.fetch(path, {
    method: 'PATCH',
    headers: {
      ...(await door.keys.bearer(['admin'])),
      'content-type': 'application/json',
      'idempotency-key': 'follow',
    },
    body: '{"name":"x"}',
  });
  assert.equal(response.status, 202);
  assert.deepEqual(await response.json(), { ...thing, quantity: 9 });
  assert.deepEqual(
    door.arrived.slice(-2).map(({ call }) => call),
    ['changeThing', 'awaitThing'],
  );
});

test('keys are scoped to the user and the route; without one every request is its own command', async () => {
  const customer = await door.keys.bearer();
  const other = `Bearer ${await door.keys.token([], { claims: { sub: 'other' } })}`;
  const keyAfter = async (headers: Record<string, string>) => {
    assert.equal((await make(headers)).status, 201);
    return door.arrived.at(-1)?.ctx.key ?? '';
  };
  const mine = await keyAfter({ ...customer, 'idempotency-key': 'k1' });
  assert.equal(mine, `edge:${customerId}:POST /api/things:k1`);
  assert.equal(await keyAfter({ ...customer, 'idempotency-key': 'k1' }), mine);
  assert.notEqual(await keyAfter({ authorization: other, 'idempotency-key': 'k1' }), mine);
  assert.notEqual(await keyAfter(customer), await keyAfter(customer));
});

test('a key that is none is refused, and so is a missing one where it is required', async () => {
  const customer = await door.keys.bearer();
  for (const key of ['a b', 'é', 'x'.repeat(256), '']) {
    const response = await make({ ...customer, 'idempotency-key': key });
    assert.equal(response.status, 400);
    assert.equal((await problemIn(response)).code, 'idempotency_key_invalid');
  }
  assert.equal((await make({ ...customer, 'idempotency-key': 'x'.repeat(255) })).status, 201);
  const headers = { ...(await door.keys.bearer(['admin'])), 'content-type': 'application/json' };
  const response = await door.fetch(path, { method: 'PATCH', headers, body: '{"name":"x"}' });
  assert.equal(response.status, 400);
  assert.equal((await problemIn(response)).code, 'idempotency_key_required');
});

test('a declared failure answers with its status, code and facts', async () => {
  door.answer(calls.getThing, () => {
    throw errors.soldOut({ left: 3 });
  });
  const response = await door.fetch(path);
  assert.equal(response.status, 409);
  const { traceId, ...problem } = await problemIn(response);
  assert.deepEqual(problem, {
    type: '/docs#sold_out',
    title: 'There are no more of it.',
    status: 409,
    code: 'sold_out',
    details: { left: 3 },
  });
  assert.equal(traceId, response.headers.get('x-request-id'));
});

test('an unavailable provider says when to come back', async () => {
  door.answer(calls.getThing, () => {
    throw errors.resting({ retryAfter: 7 });
  });
  const response = await door.fetch(path);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '7');
});

test('a bug answers 500 and tells the world nothing; the log has it once', async () => {
  for (const bug of [new Error('secret plan'), new CallBroke('corner.getThing', 'secret plan')]) {
    door.logged.length = 0;
    door.answer(calls.getThing, () => {
      throw bug;
    });
    const response = await door.fetch(path);
    assert.equal(response.status, 500);
    const problem = await problemIn(response);
    assert.equal(problem.code, 'internal_error');
    assert.doesNotMatch(JSON.stringify(problem), /secret plan|\.ts|stack/);
    // Behind a call the provider has logged it already.
    const told = door.logged.filter(({ msg }) => msg === 'a request broke');
    assert.equal(told.length, bug instanceof CallBroke ? 0 : 1);
  }
});

test('outside identity, trace and method headers mean nothing', async () => {
  door.answer(calls.getThing, () => thing);
  const outside = '4bf92f3577b34da6a3ce929d0e0e4736';
  const response = await door.fetch(path, {
    headers: {
      'x-user-id': 'admin',
      'x-service': 'orders',
      'x-service-token': 'x',
      'x-http-method-override': 'DELETE',
      'x-request-id': outside,
      traceparent: `00-${outside}-00f067aa0ba902b7-01`,
      baggage: `x=${'y'.repeat(8_000)}`,
    },
  });
  assert.equal(response.status, 200);
  const { ctx, call } = door.lastArrived();
  assert.equal(call, 'getThing');
  assert.deepEqual(ctx.actor, { kind: 'anyone' });
  assert.notEqual(ctx.trace.traceId, outside);
  assert.equal(response.headers.get('x-request-id'), ctx.trace.traceId);
});

test('a client that goes away takes its work with it', async () => {
  const { promise: aborted, resolve } = Promise.withResolvers<string>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  door.answer(calls.getThing, (_input, { signal }) => {
    arrive();
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        resolve((signal.reason as Error).name);
        reject(signal.reason);
      }),
    );
  });
  const client = new AbortController();
  const asked = door.fetch(path, { signal: client.signal }).catch(() => 'gone');
  await arrived;
  client.abort();
  assert.equal(await asked, 'gone');
  assert.equal(await aborted, 'AbortError');
});

test('whoever waits for a call that hangs is answered when the time is over', async () => {
  const hasty = await openDoor({ answerWithinMs: 50 });
  const { promise: released, resolve: release } = Promise.withResolvers<object>();
  hasty.answer(calls.getThing, () => released);
  const response = await hasty.fetch(path);
  assert.equal(response.status, 504);
  assert.equal((await problemIn(response)).code, 'deadline_passed');
  release(thing);
  hasty.answer(calls.getThing, () => thing);
  assert.equal((await hasty.fetch(path)).status, 200);
});
