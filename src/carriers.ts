import { endingWhenLeaving } from '#kernel/calls/leaving-streams';
import { remoteGround } from '#kernel/calls/remote-ground';
import type { Call } from '#kernel/contract';
import { createBalancer } from '#kernel/discovery/balancer';
import { showPools } from '#kernel/discovery/balancer-metrics';
import type { OwnHost } from '#kernel/discovery/consul-registration';
import { openDiscovery } from '#kernel/discovery/open-discovery';
import {
  eventsOver,
  hearersByManifest,
  localAndRemoteCalls,
  localAndRemoteEvents,
  localAndRemoteHistories,
} from '#kernel/host/local-and-remote';
import { callsOfRoutes } from '#kernel/http/route';
import type { Metrics } from '#kernel/metrics';
import type { ModuleDefinition } from '#kernel/module';
import type { CallTransport, KindOf } from '#kernel/ports/call-transport';
import type { Discovery } from '#kernel/ports/discovery';
import type { EventTransport } from '#kernel/ports/event-transport';
import type { InternalEndpoint } from '#kernel/ports/internal-endpoint';
import type { Logger } from '#kernel/ports/logger';
import type { Telemetry } from '#kernel/ports/telemetry';
import type { Trust } from '#kernel/ports/trust';
import { resilientCalls } from '#kernel/resilience/resilient-calls';
import { systemClock, systemIds } from '#kernel/system-clock';
import { tracedCalls } from '#kernel/telemetry/traced-calls';
import { openTrust } from '#kernel/trust/open-trust';
import { contractBook } from '#kernel/versions/contract-book';

import type { AppSettings } from './app-settings.ts';
import { openBroker } from './broker.ts';
import { inProcessCalls } from './transports/in-process/calls.ts';
import { inProcessEvents } from './transports/in-process/events.ts';

/** What carries the calls and events of this host, by its place in the topology. */
export type Carriers = {
  readonly calls: CallTransport;
  readonly events: EventTransport;
  /** What other hosts reach of it on the internal listener. */
  readonly endpoints: readonly InternalEndpoint[];
  /** Tells the others where this host is, and begins to look for them; when it listens at `url`. */
  begin(url: string): Promise<void>;
  /** Tells the others to go elsewhere; this host still answers. */
  leave(): Promise<void>;
  /** Lets go of whatever is left; after the transports themselves have been closed. */
  close(): Promise<void>;
};

type Ground = {
  /** All of the shop, wherever they run. */
  readonly modules: readonly ModuleDefinition[];
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly telemetry: Telemetry | undefined;
};

/** Opens the transports that the placement asks for, and loads no others. */
export async function openCarriers(settings: AppSettings, ground: Ground): Promise<Carriers> {
  const { isWhole, bus } = settings.placement;
  const local = {
    calls: tracedCalls(inProcessCalls(), ground.telemetry, 'local'),
    events: inProcessEvents(),
  };
  // With everything in one process, what goes over http reaches nobody else.
  if (isWhole && (bus === 'in-process' || bus === 'http')) return oneProcess(local);
  const trust = trustOf(settings, ground);
  if (isWhole) {
    const carrier = await openBroker(settings, ground, trust);
    return { ...oneProcess(local), events: eventsOver(carrier, local.events) };
  }
  return await openRemote(settings, ground, local, trust);
}

/** What ends by itself has so long to do so when this host leaves. */
const streamsEndAfterMs = 1_000;

type Local = { readonly calls: CallTransport; readonly events: EventTransport };

function oneProcess({ calls, events }: Local): Carriers {
  const nothing = async () => undefined;
  return { calls, events, endpoints: [], begin: nothing, leave: nothing, close: nothing };
}

/** With other hosts: calls and histories over http, events over what the topology says. */
async function openRemote(
  settings: AppSettings,
  ground: Ground,
  local: Local,
  trust: Trust,
): Promise<Carriers> {
  const { placement } = settings;
  const { modules, log, metrics } = ground;
  const isLocal = (module: string) => placement.local.has(module);
  const own = ownHost(settings);
  const discovery = discoveryOf(settings, own, log);
  const balancer = createBalancer({ discovery });
  showPools(metrics, balancer.survey);
  const { openHttpTransport } = await import('./transports/http/transport.ts');
  const http = openHttpTransport({
    host: placement.host,
    modules: [...placement.local],
    mode: placement.calls,
    ...{ trust, balancer },
    book: bookOf(modules, isLocal),
    kindOf: kindsOf(modules),
    ground: remoteGround(systemClock, log),
    hearersOf: hearersByManifest(modules, isLocal),
    clock: systemClock,
    log: log.child({ module: 'http' }),
  });
  const remote = guardedCalls(http.calls, ground);
  const isBroker = placement.bus !== 'http';
  const carrier = isBroker
    ? await openBroker(settings, ground, trust)
    : localAndRemoteEvents(local.events, http.events);
  const histories = localAndRemoteHistories(isLocal, local.events, http.histories);
  return {
    calls: localAndRemoteCalls(isLocal, local.calls, remote.calls),
    events: eventsOver(carrier, histories),
    endpoints: [http.endpoint],
    begin(url) {
      own.listensAt = url;
      return discovery.start(placement.asked);
    },
    leave() {
      remote.leave();
      return discovery.leave();
    },
    async close() {
      balancer.close();
      await http.close();
      await discovery.close();
    },
  };
}

/** Calls to other hosts with all that goes wrong on the way, and calls from them with the end of their streams. */
function guardedCalls(transport: CallTransport, { modules, log, metrics, telemetry }: Ground) {
  const contracts = modules.map(({ contract }) => contract);
  const leaving = new AbortController();
  const calls = endingWhenLeaving(resilientCalls(transport, { contracts, metrics, log }), {
    kindOf: kindsOf(modules),
    leaving: leaving.signal,
    ...{ clock: systemClock, log, metrics },
  });
  return {
    calls: tracedCalls(calls, telemetry, 'remote'),
    leave: () => void setTimeout(() => leaving.abort(), streamsEndAfterMs).unref(),
  };
}

/** This host's versions of contracts, and what of them its modules and its door use. */
function bookOf(modules: readonly ModuleDefinition[], isLocal: (module: string) => boolean) {
  const gateway = callsOfRoutes(modules.flatMap(({ routes }) => routes));
  return contractBook({
    contracts: modules.map(({ contract }) => contract),
    modules: modules.filter(({ contract }) => isLocal(contract.name)),
    granted: isLocal('gateway') ? { gateway } : {},
  });
}

function kindsOf(modules: readonly ModuleDefinition[]): KindOf {
  const all = modules.flatMap(({ contract }) => Object.values<Call>(contract.calls));
  const kinds = new Map(all.map(({ contract, name, kind }) => [`${contract}.${name}`, kind]));
  return (contract, call) => kinds.get(`${contract}.${call}`);
}

function discoveryOf({ placement, discovery }: AppSettings, own: OwnHost, log: Logger): Discovery {
  return openDiscovery({
    settings: { ...discovery, DISCOVERY: placement.discovery },
    addresses: Object.fromEntries(placement.addresses),
    own,
    log: log.child({ module: 'discovery' }),
  });
}

/** This host as others are told of it: where its settings say, or where it has come to listen. */
function ownHost({ placement, topology }: AppSettings) {
  const said = topology.INTERNAL_URL ?? placement.at;
  return {
    modules: [...placement.local],
    instance: systemIds.next(),
    listensAt: '',
    get url() {
      return said?.origin ?? this.listensAt;
    },
  };
}

function trustOf({ placement, own, trust, isProduction }: AppSettings, { log }: Ground): Trust {
  const { host, local, isWhole, isOneMachine } = placement;
  const here = isOneMachine ? 'one-machine' : 'many-machines';
  return openTrust({
    host,
    modules: [...local],
    settings: trust,
    spread: isWhole ? 'one-process' : here,
    production: isProduction,
    dataDir: own.DATA_DIR,
    clock: systemClock,
    log: log.child({ module: 'trust' }),
  });
}
