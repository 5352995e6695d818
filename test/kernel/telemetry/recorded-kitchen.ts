import { createContext, newTrace } from '#kernel/calls/context';
import { command, defineContract, event, query, stream } from '#kernel/contract';
import { recordedEvents } from '#kernel/events/outbox';
import { failure } from '#kernel/failure';
import { on, twoSteps } from '#kernel/handlers';
import { openHost } from '#kernel/host/host';
import { createLogger } from '#kernel/log';
import { defineModule } from '#kernel/module';
import type { TraceContext } from '#kernel/ports/call-context';
import type { CloudEvent } from '#kernel/ports/event-transport';
import type { Telemetry } from '#kernel/ports/telemetry';
import { Type } from '#kernel/schema';
import { systemClock, systemIds } from '#kernel/system-clock';
import { type Reach, tracedCalls } from '#kernel/telemetry/traced-calls';
import { fileEnd } from '#test/file-end';
import { temporaryFolder } from '#test/temp-folder';

import { inProcessCalls } from '../../../src/transports/in-process/calls.ts';
import { inProcessEvents } from '../../../src/transports/in-process/events.ts';

const Dish = Type.Object({ dish: Type.String() });

const kitchen = defineContract('kitchen', {
  calls: {
    cook: query('Cooks.', { input: Dish, output: Dish }),
    smell: stream('Smells, again and again.', { input: Dish, output: Dish }),
  },
  events: {},
  errors: { soldOut: failure('not_found', 'There is none left.') },
});

const waiter = defineContract('waiter', {
  calls: { serve: command('Serves what the kitchen cooks.', { input: Dish, output: Dish }) },
  events: { served: event('It is on the table.', { subject: 'dish', data: Dish }) },
  errors: {},
});

const guest = defineContract('guest', { calls: {}, events: {}, errors: {} });

const noRows = { entities: [], migrations: [] };

/** Some modules that meet by calls and events, recorded by `telemetry`. */
export type Kitchen = {
  /** Calls as somebody whose work is part of `trace`. */
  serve(dish: string, trace: TraceContext): Promise<unknown>;
  cook(dish: string, trace: TraceContext, timeoutMs?: number): Promise<unknown>;
  smell(dish: string, trace: TraceContext): AsyncIterable<unknown>;
  /** The traces in which `cook` was run, by its dish. */
  readonly cookedIn: ReadonlyMap<string, TraceContext>;
  served(): Promise<readonly CloudEvent[]>;
};

export async function openKitchen(telemetry: Telemetry, reach: Reach): Promise<Kitchen> {
  const cookedIn = new Map<string, TraceContext>();
  const host = await openHost({
    definitions: [kitchenModule(cookedIn), waiterModule, guestModule],
    settings: {},
    databaseOf: () => undefined,
    poolSize: 1,
    dataDir: temporaryFolder(fileEnd),
    calls: tracedCalls(inProcessCalls(), telemetry, reach),
    events: inProcessEvents(),
    clock: systemClock,
    ids: systemIds,
    log: createLogger('silent'),
    telemetry,
    granted: { test: [kitchen.calls.cook, kitchen.calls.smell, waiter.calls.serve] },
  });
  await host.start();
  fileEnd.after(() => host.stop());
  const call = (contract: string, name: string, dish: string, trace: TraceContext, ms = 10_000) =>
    host.connect('test', contract, name)(contextIn(trace), { dish }, { timeoutMs: ms });
  return {
    serve: async (dish, trace) => await call('waiter', 'serve', dish, trace),
    cook: async (dish, trace, timeoutMs) => await call('kitchen', 'cook', dish, trace, timeoutMs),
    smell: (dish, trace) => call('kitchen', 'smell', dish, trace) as AsyncIterable<unknown>,
    cookedIn,
    async served() {
      const { store } = host.modules.get('waiter') ?? {};
      return store ? await recordedEvents(store) : [];
    },
  };
}

/** A trace that was not chosen to be recorded. */
export const unrecorded = newTrace;

function contextIn(trace: TraceContext) {
  const key = systemIds.next();
  const deadline = systemClock.now() + 10_000;
  const log = createLogger('silent');
  const actor = { kind: 'system', id: 'test' } as const;
  const ground = { clock: systemClock, log, gone: undefined };
  return createContext({ caller: 'edge', actor, key, trace, deadline, ...ground });
}

const kitchenModule = (cookedIn: Map<string, TraceContext>) =>
  defineModule({
    contract: kitchen,
    calls: [],
    hears: [],
    store: noRows,
    wire: () => ({
      handlers: {
        cook: async (_read, { dish }, { trace }) => {
          cookedIn.set(dish, trace);
          if (dish === 'eel') throw kitchen.errors.soldOut();
          if (dish === 'soufflé') throw new RangeError('It fell, and said secret words.');
          return { dish };
        },
        smell: async function* items(_read, { dish }) {
          for (;;) yield { dish };
        },
      },
    }),
  });

const waiterModule = defineModule({
  contract: waiter,
  calls: [kitchen],
  hears: [],
  store: noRows,
  wire: ({ clients }) => ({
    handlers: {
      serve: twoSteps<typeof waiter.calls.serve, { dish: string }>(
        (ctx, { dish }) => clients.kitchen.cook(ctx, { dish }),
        (tx, _input, { prepared }) => {
          tx.publish(waiter.events.served(prepared));
          return prepared;
        },
      ),
    },
  }),
});

const guestModule = defineModule({
  contract: guest,
  calls: [],
  hears: [waiter],
  store: noRows,
  wire: () => ({ handlers: {}, subscriptions: [on(waiter.events.served, () => undefined)] }),
});
