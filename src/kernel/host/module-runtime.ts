import { lateClients } from '../calls/clients.ts';
import { createContext, newTrace } from '../calls/context.ts';
import { type Grants, serveContract, type Wrap } from '../calls/served-contract.ts';
import { createInbox } from '../events/inbox.ts';
import { createOutboxHistory } from '../events/outbox.ts';
import { createRelay } from '../events/relay.ts';
import { eventRetention } from '../events/retention.ts';
import type { Subscription } from '../handlers.ts';
import type { ModuleDefinition, Wired } from '../module.ts';
import type { CallTransport } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventTransport } from '../ports/event-transport.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { EventsOperator, SagasOperator } from '../ports/operator.ts';
import type { Store } from '../ports/store.ts';
import type { MakeContext, Write } from '../ports/work.ts';
import { createSagaEngine } from '../sagas/engine.ts';
import { createWrite } from '../transactions.ts';
import { createModuleScope } from '../wiring/module-scope.ts';
import { runAtStart } from './at-start.ts';
import { createRecurring } from './recurring.ts';
import { retention } from './retention.ts';

/** What the process gives to each of its modules. */
export type RuntimeGround = {
  readonly definition: ModuleDefinition;
  readonly store: Store;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly dataDir: string;
  readonly calls: CallTransport;
  readonly events: EventTransport;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** Names this process in leases. */
  readonly instance: string;
  readonly grants: Grants;
  readonly wrap: Wrap | undefined;
};

/** One module, running. */
export type ModuleRuntime = {
  readonly name: string;
  readonly store: Store;
  readonly events: EventsOperator;
  readonly sagas: SagasOperator;
  /** Resolves the module's clients; after every module of the host has been made. */
  connect(): void;
  /** Makes the module ready, and lets it hear events. */
  start(): Promise<void>;
  /** Begins its own work; after every module of the host hears what it publishes. */
  begin(): void;
  /** Publishes no more; before any module of the host stops hearing. */
  hush(): Promise<void>;
  /** Ends the module's own work: timers, sagas, events. Calls in flight may still finish. */
  quiesce(): Promise<void>;
  /** Stops its parts; nothing may run by now. */
  close(): Promise<void>;
};

/** Wires a module and serves its calls; nothing runs by itself before `start`. */
export function createModuleRuntime(ground: RuntimeGround): ModuleRuntime {
  const { definition, store, clock, log, calls, grants, wrap } = ground;
  const { contract } = definition;
  const late = lateClients(contract.name, definition.calls);
  const scope = createModuleScope(definition, scopeOf(ground, late.clients), ground.dataDir);
  const wired = definition.wire(scope.the);

  const makeContext = contextMaker(ground);
  const work = createWork(ground, wired, makeContext);
  const { write, relay, inbox, sagas } = work;
  const tasks = { module: contract.name, reader: store.reader, write, makeContext, log };
  const recurring = createRecurring(
    [...(wired.recurring ?? []), ...retention(), ...eventRetention()],
    tasks,
  );
  const provider = { reader: store.reader, write, clock, log };
  calls.serve(serveContract(contract, wired.handlers, provider, grants, wrap));
  ground.events.serveHistory(contract.name, createOutboxHistory(store));

  return {
    name: contract.name,
    store,
    events: inbox.operator,
    sagas: sagas.operator,
    connect: () => late.connect(calls),
    async start() {
      await scope.start();
      await runAtStart(wired.atStart ?? [], tasks);
      await inbox.start();
    },
    begin() {
      relay.start();
      sagas.start();
      recurring.start();
    },
    hush: () => relay.stop(),
    async quiesce() {
      await recurring.stop();
      await sagas.stop();
      await inbox.stop();
    },
    close: () => scope.stop(),
  };
}

/** The module's durable work: what writes, what leaves (relay), what arrives (inbox), what goes on (sagas). */
function createWork(ground: RuntimeGround, wired: Wired<never>, makeContext: MakeContext) {
  const { definition, store, clock, ids, log, events: transport, instance } = ground;
  const { contract, hears } = definition;
  const source = contract.name;
  const relay = createRelay({ store, source, transport, clock, log });
  // The engine and the inbox write, and every write may start sagas: each needs the other.
  const write: Write = createWrite({
    contract,
    store,
    clock,
    ids,
    companions: {
      appendEvents: relay.append,
      eventsCommitted: () => relay.wake(),
      startSagas: (raw, starts, trace) => sagas.startRows(raw, starts, trace),
      wakeSagas: (raw, wakes) => sagas.wakeRows(raw, wakes),
      sagasCommitted: (moved) => sagas.moved(moved),
    },
  });
  const sagas = createSagaEngine({
    module: source,
    store,
    write,
    makeContext,
    definitions: wired.sagas ?? [],
    clock,
    log,
    instance,
  });
  const subscriptions = wired.subscriptions ?? [];
  refuseUndeclared(definition, subscriptions);
  const inbox = createInbox({
    module: source,
    store,
    write,
    makeContext,
    subscriptions,
    instance,
    hears: hears.map(({ name }) => name),
    transport,
    clock,
    log,
  });
  return { write, relay, inbox, sagas };
}

/** One line in the manifest says whom a module hears; a subscription to anybody else is a mistake. */
function refuseUndeclared(
  { contract, hears }: ModuleDefinition,
  all: readonly Subscription[],
): void {
  for (const { event } of all) {
    if (hears.some(({ name }) => name === event.contract)) continue;
    throw new TypeError(
      `${contract.name} subscribes to ${event.contract}.${event.event}, and its manifest does not hear ${event.contract}.`,
    );
  }
}

function scopeOf({ settings, clock, ids, log }: RuntimeGround, clients: object) {
  return { clients, settings, clock, ids, log } as Parameters<typeof createModuleScope>[1];
}

/** Work that nobody outside asked for: sagas, subscribers, timers. It acts as the module itself. */
function contextMaker({ definition, clock, log }: RuntimeGround): MakeContext {
  const module = definition.contract.name;
  return ({ key, timeoutMs, trace = newTrace(), signal }) =>
    createContext({
      caller: module,
      actor: { kind: 'system', id: module },
      key,
      trace,
      deadline: clock.now() + timeoutMs,
      clock,
      log,
      gone: signal,
    });
}
