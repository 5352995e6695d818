import { createContext, newTrace } from '#kernel/calls/context';
import { hostSettings } from '#kernel/config/host-settings';
import { readSettings } from '#kernel/config/read-settings';
import type { AnyContract, Call, InputOf, OutputOf } from '#kernel/contract';
import { recordedEvents } from '#kernel/events/outbox';
import { type Host, openHost } from '#kernel/host/host';
import { createLogger } from '#kernel/log';
import type { ModuleDefinition } from '#kernel/module';
import type { Bytes, Download } from '#kernel/ports/bytes';
import type { Actor } from '#kernel/ports/call-context';
import type { Invoke } from '#kernel/ports/call-transport';
import type { CloudEvent } from '#kernel/ports/event-transport';
import type {
  EventsOperator,
  ProjectionsOperator,
  SagaEntry,
  SagasOperator,
  SchedulesOperator,
} from '#kernel/ports/operator';
import type { Store } from '#kernel/ports/store';
import { systemIds } from '#kernel/system-clock';
import { type MovableClock, movableClock } from '#test/clock';
import { freshDatabase } from '#test/database';
import { fileEnd } from '#test/file-end';
import { storeUnderTest } from '#test/stores';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { inProcessCalls } from '../../src/transports/in-process/calls.ts';
import { inProcessEvents } from '../../src/transports/in-process/events.ts';
import { asOverTheWire } from './over-the-wire.ts';

/** Where a shop keeps its data: hand it to another `openShop` to open the same one again. */
export type Place = { readonly folder: string; readonly databaseUrl: string | undefined };

type ShopOptions = {
  readonly modules: readonly ModuleDefinition[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly place?: Place;
};

type CallOptions = {
  readonly as?: Actor;
  readonly key?: string;
  readonly timeoutMs?: number;
  /** The module that calls, for a call that is not for everybody; the test itself otherwise. */
  readonly caller?: string;
};

/** Some modules, running together on real stores, driven through their contracts. */
export type Shop = {
  readonly place: Place;
  readonly clock: MovableClock;
  call<D extends Call>(call: D, input: InputOf<D>, options?: CallOptions): Promise<OutputOf<D>>;
  stream<D extends Call>(
    call: D,
    input: InputOf<D>,
    options?: CallOptions,
  ): AsyncIterable<OutputOf<D>>;
  upload<D extends Call>(
    call: D,
    input: InputOf<D>,
    bytes: Bytes,
    options?: CallOptions,
  ): Promise<OutputOf<D>>;
  /** The head of a download, and all of its bytes at once. */
  download<D extends Call>(
    call: D,
    input: InputOf<D>,
    options?: CallOptions,
  ): Promise<{ readonly head: OutputOf<D>; readonly bytes: Buffer | undefined }>;
  /** All that a module has published, in the order of its transactions. */
  published(contract: AnyContract): Promise<readonly CloudEvent[]>;
  /** Waits until nothing is on its way: outboxes relayed, inboxes done, sagas ended. */
  settled(): Promise<void>;
  operator(module: string): {
    readonly events: EventsOperator;
    readonly sagas: SagasOperator;
    readonly projections: ProjectionsOperator;
    readonly schedules: SchedulesOperator;
  };
  /** For a test that moves time: what is due goes by the database's clock, which nobody can move. */
  store(module: string): Store;
  /** The call as `caller` gets it; throws what the kernel says to who may not make it. */
  connect(caller: string, call: Call): Invoke;
  stop(): Promise<void>;
};

const tester: Actor = { kind: 'system', id: 'test' };

/**
 * Opens the modules on the store of this run (TEST_STORE), in a place of their own. Every value that
 * crosses a contract is frozen and re-encoded, so that nothing can depend on shared references.
 * Stops with the test file, or by `stop`.
 */
export async function openShop({ modules, settings = {}, place }: ShopOptions): Promise<Shop> {
  const where = place ?? (await freshPlace());
  const clock = movableClock();
  const host = await openTestHost(modules, settings, where, clock);
  await host.start();
  const stop = once(() => host.stop());
  fileEnd.after(stop);

  const send = (call: Call, input: unknown, options: CallOptions, bytes?: Bytes) => {
    const { as = tester, key = systemIds.next(), timeoutMs = 30_000, caller = 'test' } = options;
    const invoke = host.connect(caller, call.contract, call.name);
    return invoke(rootContext(as, key, timeoutMs, clock), input, undefined, bytes);
  };
  return {
    place: where,
    clock,
    call: async (call, input, options = {}) => (await send(call, input, options)) as never,
    stream: (call, input, options = {}) => send(call, input, options) as never,
    upload: async (call, input, bytes, options = {}) =>
      (await send(call, input, options, bytes)) as never,
    async download(call, input, options = {}) {
      const { head, bytes } = (await send(call, input, options)) as Download<unknown>;
      return { head: head as never, bytes: bytes && (await collected(bytes)) };
    },
    async published(contract) {
      const { store } = moduleOf(host, contract.name);
      return await recordedEvents(store);
    },
    settled: () => settled(host),
    operator: (module) => moduleOf(host, module),
    store: (module) => moduleOf(host, module).store,
    connect: (caller, call) => host.connect(caller, call.contract, call.name),
    stop,
  };
}

async function freshPlace(): Promise<Place> {
  const store = storeUnderTest();
  const folder = temporaryFolder(fileEnd);
  const databaseUrl =
    store.name === 'postgres' ? await freshDatabase(store.url, fileEnd) : undefined;
  return { folder, databaseUrl };
}

function openTestHost(
  modules: readonly ModuleDefinition[],
  given: Readonly<Record<string, string>>,
  { folder, databaseUrl }: Place,
  clock: MovableClock,
): Promise<Host> {
  const owners = Object.fromEntries(modules.map((one) => [one.contract.name, one.settings]));
  return openHost({
    definitions: modules,
    settings: readSettings(given, { ...owners, host: hostSettings }),
    databaseOf: () => (databaseUrl === undefined ? undefined : new URL(databaseUrl)),
    poolSize: 5,
    dataDir: folder,
    calls: inProcessCalls(),
    events: inProcessEvents(),
    clock,
    ids: systemIds,
    log: createLogger((process.env.TEST_LOG ?? 'silent') as 'silent'),
    granted: { test: modules.flatMap(({ contract }) => Object.values<Call>(contract.calls)) },
    wrap: asOverTheWire,
  });
}

function rootContext(actor: Actor, key: string, timeoutMs: number, clock: MovableClock) {
  const deadline = clock.now() + timeoutMs;
  const log = createLogger('silent');
  const trace = newTrace();
  return createContext({
    caller: 'edge',
    actor,
    key,
    trace,
    deadline,
    clock,
    log,
    gone: undefined,
  });
}

async function collected(bytes: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function moduleOf(host: Host, name: string) {
  const module = host.modules.get(name);
  if (!module) throw new Error(`This shop has no module ${name}.`);
  return module;
}

async function settled(host: Host): Promise<void> {
  const modules = [...host.modules.values()];
  let quietRounds = 0;
  // Two quiet rounds in a row: between a relay and an inbox an event is in neither for a moment.
  await until(
    async () => {
      const busy = await Promise.all(modules.map(isBusy));
      quietRounds = busy.includes(true) ? 0 : quietRounds + 1;
      return quietRounds === 2;
    },
    { what: 'the shop to settle', timeoutMs: 30_000 },
  );
}

async function isBusy({ events, sagas }: { events: EventsOperator; sagas: SagasOperator }) {
  const [lag, running, undoing, waiting] = await Promise.all([
    events.lag(),
    sagas.list({ status: 'running', limit: 1 }),
    sagas.list({ status: 'undoing', limit: 1 }),
    events.list({ state: 'waiting', limit: 1 }),
  ]);
  // What waits behind a parked event waits for a person.
  const stuck = lag.inbox.parked > 0;
  const onItsWay = lag.outbox.rows > 0 || (waiting.length > 0 && !stuck);
  return onItsWay || running.some((saga) => !isTimer(saga)) || undoing.length > 0;
}

/** Begins at a time that no test waits for. The first of a list comes next. */
function isTimer({ attempts, nextAttemptAt }: SagaEntry): boolean {
  return attempts === 0 && Date.parse(nextAttemptAt ?? '') > Date.now() + 60_000;
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= stop();
    return stopping;
  };
}
