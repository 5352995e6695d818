import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import type { ServedContract } from '#kernel/ports/call-transport';
import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { shopEnvironment } from '#test/running-shop';
import { openHosts } from '#test/running-topology';
import { doorAndTwoMore, topologyOf } from '#test/split-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { openApp } from '../../src/app.ts';

const answerWithinMs = 2_000;
const heartbeatMs = 20;

for (const calls of ['stream', 'request'] as const) {
  const shop = await openShop(calls);

  test(`${calls}: events of an order elsewhere come as they happen, and outlive every answer`, async () => {
    const { ann, order } = await shop.completedOrder();
    const watch = await listen(ann, order);
    await until(() => watch.text().includes('id: 2\n'), { what: 'what has happened so far' });
    assert.match(watch.text(), /^retry: \d+\n\nid: 1\ndata: \{"id":1,.*"status":"pending"/);
    await until(() => watch.openMs() > answerWithinMs + 500 && watch.heartbeats() > 10, {
      what: 'a quiet stream to live longer than any answer may take',
    });
    const cancelled = await ann.ask(`POST /api/orders/${order}/cancel`, { body: {} });
    assert.ok([200, 202].includes(cancelled.status), JSON.stringify(cancelled.body));
    assert.equal(await watch.over, 'ended');
    assert.deepEqual(watch.ids(), ['1', '2', '3']);
    assert.match(watch.text(), /"status":"cancelled".*\n\nevent: end\ndata: \{\}\n\n$/);

    const resumed = await listen(ann, order, { 'last-event-id': '2' });
    await resumed.over;
    assert.deepEqual(resumed.ids(), ['3']);
  });

  test(`${calls}: who leaves a stream leaves nothing behind, neither at the door nor at the other host`, async () => {
    const { ann, order } = await shop.completedOrder();
    const before = await shop.streamsInFlight();
    const watches = await Promise.all(Array.from({ length: 8 }, () => listen(ann, order)));
    await until(() => watches.every((one) => one.text().includes('id: 2\n')));
    assert.equal(await shop.streamsInFlight(), before + 8);
    assert.equal(shop.watching(), 8);
    for (const watch of watches) watch.leave();
    await until(async () => (await shop.streamsInFlight()) === before && shop.watching() === 0, {
      what: 'streams to end at both ends',
    });
  });

  test(`${calls}: a stream that is not theirs is refused to strangers, whatever headers they send`, async () => {
    const { ann, order } = await shop.completedOrder();
    const eve = await Customer.signUp(shop.url, 'eve');
    const claims = { 'x-user-id': ann.id, 'x-seamline-actor': `{"kind":"user","id":"${ann.id}"}` };
    const answer = await eve.ask(`GET /api/orders/${order}/events`, { headers: claims });
    assert.deepEqual([answer.status, answer.body.code], [404, 'unknown_order']);
  });

  test(`${calls}: whatever is asked of hosts that are gone is refused as such`, async () => {
    const { ann, order } = await shop.completedOrder();
    const picture = new FormData();
    picture.append('file', new Blob([Buffer.alloc(300_000, 7)]), 'a.png');
    const upload = { method: 'POST', body: picture };
    const asked = [
      ['/api/orders', {}],
      [`/api/orders/${order}/events`, {}],
      [`/api/media/${order}`, {}],
      ['/api/media', upload],
      ['/api/users/me/export', {}],
    ] as const;
    await shop.stopOthers();
    for (const [path, init] of asked) {
      const headers = { authorization: `Bearer ${ann.token}` };
      const answer = await fetch(shop.url + path, { ...init, headers });
      const problem = await answer.text();
      assert.equal(answer.status, 503, `${path}: ${problem}`);
      assert.match(problem, /"code":"(provider_unavailable|not_asked)"/);
    }
  });
}

/** A shop whose orders are elsewhere; the door has little patience and shows often that it lives. */
async function openShop(calls: 'stream' | 'request') {
  const topology = await topologyOf({ hosts: doorAndTwoMore, calls });
  const environment = await shopEnvironment(temporaryFolder(fileEnd));
  let watching = 0;
  const apps = await openHosts(topology, environment, (own) =>
    openApp(own, {
      door: { answerWithinMs, heartbeatMs },
      throughout: (transport) => ({
        ...transport,
        serve: (served) =>
          transport.serve(
            countingStreams(served, (by) => {
              watching += by;
            }),
          ),
      }),
    }),
  );
  fileEnd.after(async () => {
    for (const app of apps.toReversed()) await app.stop();
  });
  const front = apps.find((app) => app.url !== undefined);
  const url = front?.url ?? '';
  const productId = await stockProduct(await logInAdmin(url), 100);
  return {
    url,
    watching: () => watching,
    async stopOthers() {
      for (const app of apps) if (app !== front) await app.stop();
    },
    async completedOrder() {
      const ann = await Customer.signUp(url, 'ann');
      // The door has little patience: what it gave up is asked for again with the same key.
      const key = randomUUID();
      const order = await until(
        async () => {
          const answer = await ann.order([{ productId, quantity: 1 }], 'tok_ok', key, 1);
          return answer.status === 201 && (answer.body.id as string);
        },
        { what: 'an order to complete', timeoutMs: 30_000 },
      );
      return { ann, order };
    },
    async streamsInFlight() {
      const metrics = await (await fetch(`${front?.operatorUrl}/metrics`)).text();
      const [, count] = /^remote_calls_in_flight\{module="orders"\} (\d+)$/m.exec(metrics) ?? [];
      return Number(count);
    },
  };
}

/** Counts the watches of orders that run at the provider. */
function countingStreams(served: ServedContract, count: (by: number) => void): ServedContract {
  return {
    contract: served.contract,
    invoke(caller, call) {
      const invoke = served.invoke(caller, call);
      if (call !== 'watchOrder') return invoke;
      return async function* counted(...asked) {
        count(1);
        try {
          yield* invoke(...asked) as AsyncIterable<unknown>;
        } finally {
          count(-1);
        }
      };
    },
  };
}

async function listen({ url, token }: Customer, order: string, more: Record<string, string> = {}) {
  const client = new AbortController();
  const response = await fetch(`${url}/api/orders/${order}/events`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...more },
    signal: client.signal,
  });
  assert.equal(response.status, 200);
  const openedAt = performance.now();
  let text = '';
  const over = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    return 'ended';
  })().catch(() => 'cut off');
  return {
    ...{ over, text: () => text },
    openMs: () => performance.now() - openedAt,
    heartbeats: () => text.split(': still here').length - 1,
    ids: () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id),
    leave: () => client.abort(),
  };
}
