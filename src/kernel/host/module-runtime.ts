import { lateClients } from '../calls/clients.ts';
import { type Grants, serveContract, type Wrap } from '../calls/served-contract.ts';
import { workContexts } from '../calls/work-context.ts';
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
import type {
  EventsOperator,
  ProjectionsOperator,
  SagasOperator,
  SchedulesOperator,
} from '../ports/operator.ts';
import type { Store } from '../ports/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { MakeContext, Write } from '../ports/work.ts';
import { createProjections } from '../projections/projections.ts';
import { createSagaEngine } from '../sagas/engine.ts';
import { createSchedules } from '../schedules/schedules.ts';
import { createWrite } from '../transactions.ts';
import { createModuleScope } from '../wiring/module-scope.ts';
import { runAtStart } from './at-start.ts';
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
  readonly telemetry: Telemetry | undefined;
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
  readonly projections: ProjectionsOperator;
  readonly schedules: SchedulesOperator;
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

  const makeContext = workContexts(contract.name, clock, log);
  const work = createWork(ground, wired, makeContext);
  const { write, relay, inbox, sagas, projections, schedules } = work;
  const tasks = { module: contract.name, store, write, makeContext, log };
  const provider = { reader: store.reader, write, clock, log };
  calls.serve(serveContract(contract, wired.handlers, provider, grants, wrap));
  ground.events.serveHistory(contract.name, createOutboxHistory(store));

  return {
    name: contract.name,
    store,
    events: {
      ...inbox.operator,
      sinceLookMs: () => ({ outbox: relay.sinceLookMs(), inbox: inbox.sinceLookMs() }),
    },
    sagas: sagas.operator,
    projections: projections.operator,
    schedules: schedules.operator,
    connect: () => late.connect(calls),
    async start() {
      await scope.start();
      await runAtStart(wired.atStart ?? [], tasks);
      await schedules.start();
      await inbox.start();
      await projections.start();
    },
    begin() {
      relay.start();
      sagas.start();
      schedules.begin();
      projections.begin();
    },
    hush: () => relay.stop(),
    async quiesce() {
      await schedules.stop();
      await projections.stop();
      await sagas.stop();
      await inbox.stop();
    },
    close: () => scope.stop(),
  };
}

/** The module's durable work: what writes, what leaves (relay), what arrives (inbox), goes on (sagas), comes round. */
function createWork(ground: RuntimeGround, wired: Wired<never>, makeContext: MakeContext) {
  const { definition, store, clock, ids, log, telemetry, events: transport, instance } = ground;
  const { contract } = definition;
  const source = contract.name;
  const relay = createRelay({ store, source, transport, clock, log, telemetry });
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
    telemetry,
  });
  const recurring = [...(wired.recurring ?? []), ...retention(), ...eventRetention()];
  const tasks = { module: source, store, write, makeContext, log, telemetry };
  const schedules = createSchedules(recurring, tasks);
  const { inbox, projections } = createHearing(ground, wired, { write, makeContext });
  return { write, relay, inbox, sagas, projections, schedules };
}

/** What the module makes of others' events: effects by its inbox, rows by its projections. */
function createHearing(
  ground: RuntimeGround,
  wired: Wired<never>,
  { write, makeContext }: { readonly write: Write; readonly makeContext: MakeContext },
) {
  const { definition, store, clock, log, telemetry, events: transport, instance } = ground;
  const { contract, hears } = definition;
  const subscriptions = wired.subscriptions ?? [];
  const projected = (wired.projections ?? []).flatMap(({ events }) => events);
  refuseUndeclared(definition, [...subscriptions, ...projected]);
  const projections = createProjections({
    ...{ write, transport, clock, log, reader: store.reader },
    projections: wired.projections ?? [],
  });
  const inbox = createInbox({
    module: contract.name,
    store,
    write,
    makeContext,
    subscriptions,
    instance,
    hears: hears.map(({ name }) => name),
    transport: toldOf(transport, projections.wake),
    clock,
    log,
    telemetry,
  });
  return { inbox, projections };
}

/** The same transport, which tells of every batch once it is stored. */
function toldOf(transport: EventTransport, tell: () => void): EventTransport {
  return {
    ...transport,
    subscribe: (subscriber, source, receive) =>
      transport.subscribe(subscriber, source, async (batch) => {
        await receive(batch);
        tell();
      }),
  };
}

/** One line in the manifest says whom a module hears; a subscription to anybody else is a mistake. */
function refuseUndeclared(
  { contract, hears }: ModuleDefinition,
  all: readonly Pick<Subscription, 'event'>[],
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
