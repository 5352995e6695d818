import assert from 'node:assert/strict';
import test, { after } from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { command, defineContract, query } from '#kernel/contract';
import { openHost } from '#kernel/host/host';
import { createLogger } from '#kernel/log';
import { defineModule } from '#kernel/module';
import type { CallTransport, ServedContract } from '#kernel/ports/call-transport';
import { Type } from '#kernel/schema';
import { systemIds } from '#kernel/system-clock';
import { movableClock } from '#test/clock';
import { temporaryFolder } from '#test/temp-folder';

import { inProcessCalls } from '../../src/transports/in-process/calls.ts';
import { inProcessEvents } from '../../src/transports/in-process/events.ts';

const Nothing = Type.Object({});
const shape = { input: Nothing, output: Nothing };

const bell = defineContract('bell', {
  calls: { ring: command('Rings.', shape), hear: query('Listens.', shape) },
  events: {},
  errors: {},
});
const tower = defineContract('tower', { calls: {}, events: {}, errors: {} });
const street = defineContract('street', { calls: {}, events: {}, errors: {} });

const store = { entities: [], migrations: [] };
const handlers = { ring: () => ({}), hear: async () => ({}) };
const wire = () => ({ handlers });
const bellModule = defineModule({ contract: bell, calls: [], hears: [], store, wire });

/** Carries calls in this process, and keeps what another host would get to reach. */
function openTransport(served: ServedContract[]): CallTransport {
  const transport = inProcessCalls();
  return {
    ...transport,
    serve(contract) {
      served.push(contract);
      transport.serve(contract);
    },
  };
}

async function openBell() {
  const served: ServedContract[] = [];
  const lines: Record<string, unknown>[] = [];
  const host = await openHost({
    definitions: [bellModule],
    // Their modules run elsewhere; what counts is what they declare.
    callers: [bellModule, { contract: tower, calls: [bell] }, { contract: street, calls: [] }],
    settings: {},
    databaseOf: () => undefined,
    poolSize: 1,
    dataDir: temporaryFolder({ after }),
    calls: openTransport(served),
    events: inProcessEvents(),
    clock: movableClock(),
    ids: systemIds,
    log: createLogger('info', { write: (line) => lines.push(JSON.parse(line)) }),
    granted: { gateway: [bell.calls.hear] },
  });
  await host.start();
  after(() => host.stop());
  const refusals = () => lines.filter(({ audit }) => audit === 'undeclared_call');
  return { host, fromAfar: served[0] as ServedContract, refusals };
}

test('one rule and one line hold for who asks in the process and for who asks from afar', async () => {
  const { host, fromAfar, refusals } = await openBell();
  const ways = [
    (caller: string, call: string) => host.connect(caller, 'bell', call),
    (caller: string, call: string) => fromAfar.invoke(caller, call),
  ];
  for (const ask of ways) {
    ask('tower', 'ring');
    ask('gateway', 'hear');
    assert.throws(() => ask('street', 'ring'), callFailures.undeclaredCall.is);
    assert.throws(() => ask('nobody', 'hear'), callFailures.undeclaredCall.is);
    assert.throws(() => ask('gateway', 'ring'), callFailures.undeclaredCall.is);
  }
  const told = refusals().map(({ time, ...line }) => JSON.stringify(line));
  assert.equal(told.length, 6);
  assert.deepEqual(told.slice(0, 3), told.slice(3));
  assert.match(
    told[0] ?? '',
    /"module":"bell","audit":"undeclared_call","caller":"street","call":"bell\.ring"/,
  );
});

test('who goes on trying is refused each time, and can not fill the log with it', async () => {
  const { fromAfar, refusals } = await openBell();
  for (let time = 0; time < 500; time += 1) {
    assert.throws(() => fromAfar.invoke('street', 'ring'), callFailures.undeclaredCall.is);
  }
  assert.equal(refusals().length, 5);
  assert.throws(() => fromAfar.invoke('street', 'hear'), callFailures.undeclaredCall.is);
  assert.equal(refusals().at(-1)?.call, 'bell.hear');
});
