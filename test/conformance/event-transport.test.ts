import assert from 'node:assert/strict';
import test from 'node:test';

import type { EventTransport } from '#kernel/ports/event-transport';
import { openHttpBus } from '#test/http-bus';
import { storesUnderTest } from '#test/stores';

import { inProcessEvents } from '../../src/transports/in-process/events.ts';
import { checkEventEffects } from './event-effects.suite.ts';
import { type Bus, checkEventTransport, eventTransportFacts } from './event-transport.suite.ts';
import { doubts, duplicates, forgets, reorders, unruly } from './unruly-events.ts';

checkEventTransport('in-process', inProcess);
checkEventTransport('http, stream', () => openHttpBus('stream'));
checkEventTransport('http, request', () => openHttpBus('request'));

for (const store of storesUnderTest()) {
  checkEventEffects('in-process', store, inProcess);
  checkEventEffects('http, stream', store, () => openHttpBus('stream'));
  checkEventEffects('http, request', store, () => openHttpBus('request'));
  checkEventEffects('a transport that repeats', store, inProcess, (one) => unruly(one, duplicates));
  checkEventEffects('a transport that reorders', store, inProcess, (one) => unruly(one, reorders));
  checkEventEffects('a transport in doubt', store, inProcess, (one) => unruly(one, doubts()));
  // No transport may do this. Gaps and reconciliation bring back even what one has lost.
  checkEventEffects('a transport that forgets', store, inProcess, (one) => unruly(one, forgets()));
}

for (const [manner, badly] of Object.entries({ duplicates, reorders, doubts: doubts() })) {
  test(`the suite lets a transport pass that only ${manner}`, async () => {
    for (const fact of eventTransportFacts)
      await fact.holds(await busOf((one) => unruly(one, badly)));
  });
}

test('the suite catches a transport that loses events without a word', async () => {
  const caught: string[] = [];
  for (const fact of eventTransportFacts) {
    const bus = await busOf((one) => unruly(one, forgets()), 200);
    await fact.holds(bus).catch(() => caught.push(fact.name));
  }
  for (const must of ['reaches every subscriber', 'gets it again', 'arrives as it was published']) {
    assert.ok(
      caught.some((name) => name.includes(must)),
      `not caught: ${must}; ${caught}`,
    );
  }
});

test('the suite catches a transport that confirms before anybody has stored', async () => {
  const hasty = (transport: EventTransport): EventTransport => ({
    ...transport,
    async publish(source, batch) {
      void transport.publish(source, batch).catch(() => undefined);
    },
  });
  const caught: string[] = [];
  for (const fact of eventTransportFacts) {
    await fact.holds(await busOf(hasty, 200)).catch(() => caught.push(fact.name));
  }
  assert.ok(
    caught.some((name) => name.includes('gets it again')),
    caught.join(),
  );
});

async function inProcess(): Promise<Bus> {
  return busOf((transport) => transport);
}

/** In one process there is one connection, which all share. */
async function busOf(
  behave: (transport: EventTransport) => EventTransport,
  patienceMs = 10_000,
): Promise<Bus> {
  const transport = inProcessEvents();
  const shown = behave(transport);
  return { connect: async () => shown, close: () => transport.close(), patienceMs };
}
