import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';

import { Failure } from '#kernel/failure';
import type { CloudEvent, EventHistory, PartlyPublished } from '#kernel/ports/event-transport';
import { type HttpHost, type HttpHostOptions, openHttpHost } from '#test/http-hosts';
import { loggedLines } from '#test/logged-lines';
import { until } from '#test/until';

import { failureOf } from './call-fact.ts';
import { eventOf } from './event-transport.suite.ts';

const hearers: Record<string, readonly string[]> = { teller: ['listener', 'scribe'], herald: [] };
const hearersOf = (source: string) => hearers[source] ?? [];

for (const mode of ['stream', 'request'] as const) {
  test(`${mode}: nobody publishes for a source of another host, and who tries is written down`, async (t) => {
    const { log, having } = loggedLines();
    const listener = await open(t, ['listener', 'scribe'], { log });
    const heard = await hearAll(listener);
    const herald = await open(t, ['herald'], { mode });
    knows(herald, listener);
    const forged = [eventOf('teller', 'troy', 1)];
    const error = await failureOf(herald.transport.events.publish('teller', forged));
    assert.match(why(error), /may not speak for/);
    assert.deepEqual(heard, []);
    assert.equal(having('audit', 'forged_event')[0]?.host, 'herald');
  });

  test(`${mode}: an event of another source does not come along in a batch`, async (t) => {
    const { log, having } = loggedLines();
    const listener = await open(t, ['listener', 'scribe'], { log });
    const heard = await hearAll(listener);
    const teller = await open(t, ['teller'], { mode });
    knows(teller, listener);
    const batch = [eventOf('teller', 'troy', 1), eventOf('payments', 'troy', 1)];
    await failureOf(teller.transport.events.publish('teller', batch));
    assert.deepEqual(heard, []);
    assert.ok(having('audit', 'forged_event').length > 0);
  });

  test(`${mode}: who hears a source may read its history, and nobody else`, async (t) => {
    const { log, having } = loggedLines();
    const teller = await open(t, ['teller'], { log });
    const events = [1, 2].map((sequence) => eventOf('teller', 'troy', sequence));
    teller.transport.histories.serveHistory('teller', historyOf(events));
    const scribe = await open(t, ['scribe'], { mode });
    const stranger = await open(t, ['stranger'], { mode });
    for (const host of [scribe, stranger])
      host.balancer.add('teller', { id: 'teller', url: teller.url });
    const history = (host: HttpHost) => host.transport.histories.history('teller');
    assert.deepEqual(await history(scribe).ofSubject('troy', 1, 5), events);
    assert.match(
      why(await failureOf(history(stranger).after(0, 5))),
      /No module of the asking host/,
    );
    assert.equal(having('audit', 'not_a_hearer')[0]?.host, 'stranger');
  });
}

test('who has stored a batch does not get it again because somebody else could not', async (t) => {
  const here = await open(t, ['listener']);
  const away = await open(t, ['scribe']);
  const teller = await open(t, ['teller']);
  teller.balancer.add('listener', { id: 'listener', url: here.url });
  teller.balancer.add('scribe', { id: 'scribe', url: away.url });
  const times = new Map<string, number>();
  await here.transport.events.subscribe('listener', 'teller', async (batch) => {
    for (const { id } of batch) times.set(id, (times.get(id) ?? 0) + 1);
  });
  let isAway = true;
  await away.transport.events.subscribe('scribe', 'teller', async () => {
    if (isAway) throw new Error('no store');
  });
  const publish = (...batch: CloudEvent[]) => teller.transport.events.publish('teller', batch);
  const [first, second] = [eventOf('teller', 'troy', 1), eventOf('teller', 'troy', 2)];
  for (let time = 0; time < 4; time += 1) await failureOf(publish(first));
  await failureOf(publish(first, second));
  isAway = false;
  // It was left alone for a moment.
  await until(() => publish(first, second).then(() => true));
  assert.deepEqual([...times.values()], [1, 1]);

  // All have it: whoever publishes it once more now means to.
  await publish(first);
  assert.equal(times.get(first.id), 2);
});

for (const how of ['stands still', 'refuses'] as const) {
  test(`a subscriber that ${how} holds up nobody else, and is asked again`, async (t) => {
    const here = await open(t, ['listener']);
    const away = await open(t, ['scribe']);
    const limits = { exchangeMs: 500, firstBackoffMs: 1_000, lastBackoffMs: 2_000 };
    const teller = await open(t, ['teller'], { limits });
    teller.balancer.add('listener', { id: 'listener', url: here.url });
    teller.balancer.add('scribe', { id: 'scribe', url: away.url });
    let heard = 0;
    await here.transport.events.subscribe('listener', 'teller', async () => {
      heard += 1;
    });
    let asked = 0;
    const back = Promise.withResolvers<void>();
    let isAway = true;
    await away.transport.events.subscribe('scribe', 'teller', async () => {
      asked += 1;
      if (isAway && how === 'refuses') throw new Error('no store');
      if (isAway) await back.promise;
    });
    const publish = (line: number) =>
      teller.transport.events.publish('teller', [eventOf('teller', 'troy', line)]);
    for (let line = 1; line <= 200; line += 1) {
      const error = await failureOf(publish(line));
      assert.equal((error as Partial<PartlyPublished>).isPartly, true);
    }
    assert.equal(heard, 200);
    assert.ok(asked < 100, `asked ${asked} times for 200 batches`);
    isAway = false;
    back.resolve();
    await until(() => publish(201).then(() => true));
  });
}

test('a batch that is too large to be carried travels in parts, and what is itself too large not at all', async (t) => {
  const limits = { payloadBytes: 50_000 };
  const listener = await open(t, ['listener', 'scribe'], { limits });
  const teller = await open(t, ['teller'], { limits });
  knows(teller, listener);
  const heard = await hearAll(listener);
  const batch = Array.from({ length: 20 }, (_, nth) =>
    eventOf('teller', 'troy', nth + 1, { text: 'ü'.repeat(5000) }),
  );
  await teller.transport.events.publish('teller', batch);
  assert.deepEqual(
    heard.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
    [...batch.flatMap(({ sequence }) => [sequence, sequence])],
  );
  const huge = eventOf('teller', 'troy', 21, { text: 'x'.repeat(60_000) });
  const error = await failureOf(teller.transport.events.publish('teller', [huge]));
  assert.ok(error instanceof Failure);
  assert.equal(error.code, 'payload_too_large');
});

test('a history answers as much as can be carried, and can be read to its end', async (t) => {
  const limits = { payloadBytes: 50_000, historyPage: 40 };
  const teller = await open(t, ['teller'], { limits });
  const events = Array.from({ length: 100 }, (_, nth) =>
    eventOf('teller', 'troy', nth + 1, { text: 'x'.repeat(nth > 50 ? 5000 : 5) }),
  );
  teller.transport.histories.serveHistory('teller', historyOf(events));
  const scribe = await open(t, ['scribe']);
  scribe.balancer.add('teller', { id: 'teller', url: teller.url });
  const history = scribe.transport.histories.history('teller');
  const read: CloudEvent[] = [];
  for (let position = 0; read.length < events.length; ) {
    const page = await history.after(position, 1000);
    assert.ok(page.events.length > 0 && page.events.length <= 40);
    read.push(...page.events);
    position = page.position;
  }
  assert.deepEqual(read, events);
});

async function open(t: TestContext, modules: string[], given: HttpHostOptions = {}) {
  const host = await openHttpHost({ host: modules[0] ?? '', modules, hearersOf, ...given });
  t.after(() => host.close());
  return host;
}

/** Both subscribers of the teller are there. */
function knows(host: HttpHost, listener: HttpHost): void {
  for (const module of ['listener', 'scribe']) {
    host.balancer.add(module, { id: 'listener', url: listener.url });
  }
}

async function hearAll({ transport }: HttpHost): Promise<readonly CloudEvent[]> {
  const heard: CloudEvent[] = [];
  for (const module of ['listener', 'scribe']) {
    await transport.events.subscribe(module, 'teller', async (batch) => void heard.push(...batch));
  }
  return heard;
}

function historyOf(events: readonly CloudEvent[]): EventHistory {
  return {
    ofSubject: async (_subject, from, limit) => events.slice(from - 1, from - 1 + limit),
    after: async (position, limit) => ({
      events: events.slice(position, position + limit),
      position: Math.min(position + limit, events.length),
    }),
  };
}

function why(error: Error): string {
  return String((error as Failure<{ why?: string }>).details?.why ?? error.message);
}
