import type { CallTransport } from '../ports/call-transport.ts';
import type {
  EventCarrier,
  EventHistories,
  EventTransport,
  HearersOf,
} from '../ports/event-transport.ts';

/** Calls of modules that run here go straight to them, all others to their hosts. Decided once, at start. */
export function localAndRemoteCalls(
  isLocal: (module: string) => boolean,
  local: CallTransport,
  remote: CallTransport,
): CallTransport {
  return {
    name: `${local.name} and ${remote.name}`,
    serve(contract) {
      local.serve(contract);
      remote.serve(contract);
    },
    connect: (caller, contract, call) =>
      (isLocal(contract) ? local : remote).connect(caller, contract, call),
    async close() {
      await remote.close();
      await local.close();
    },
  };
}

/**
 * Events reach subscribers of this process from memory, and those of other hosts by the carrier:
 * `publish` resolves when both have stored them. The carrier is asked to hear for every subscriber,
 * because other instances of a source may run elsewhere.
 */
export function localAndRemoteEvents(local: EventCarrier, remote: EventCarrier): EventCarrier {
  return {
    name: `${local.name} and ${remote.name}`,
    async publish(source, batch) {
      const ways = [local.publish(source, batch), remote.publish(source, batch)];
      const outcomes = await Promise.allSettled(ways);
      const failed = outcomes.find(({ status }) => status === 'rejected');
      if (!failed) return;
      const { reason } = failed as PromiseRejectedResult;
      const isPartly = outcomes.some(({ status }) => status === 'fulfilled') || reason.isPartly;
      throw isPartly ? Object.assign(reason as Error, { isPartly }) : reason;
    },
    async subscribe(subscriber, source, receive) {
      await local.subscribe(subscriber, source, receive);
      await remote.subscribe(subscriber, source, receive);
    },
    async close() {
      await remote.close();
      await local.close();
    },
  };
}

/** The retained outboxes of modules that run here are read here, all others are asked for. */
export function localAndRemoteHistories(
  isLocal: (module: string) => boolean,
  local: EventHistories,
  remote: EventHistories,
): EventHistories {
  return {
    serveHistory(source, history) {
      local.serveHistory(source, history);
      remote.serveHistory(source, history);
    },
    history: (source) => (isLocal(source) ? local : remote).history(source),
  };
}

/** What carries the events of a host, and where it asks for those that are missing. */
export function eventsOver(carrier: EventCarrier, histories: EventHistories): EventTransport {
  return {
    name: carrier.name,
    publish: (source, batch) => carrier.publish(source, batch),
    subscribe: (...hearing) => carrier.subscribe(...hearing),
    serveHistory: (source, history) => histories.serveHistory(source, history),
    history: (source) => histories.history(source),
    close: () => carrier.close(),
  };
}

/** Who hears a source by the manifests, those left out that `isLeftOut` names. */
export function hearersByManifest(
  manifests: readonly {
    readonly contract: { readonly name: string };
    readonly hears: readonly { readonly name: string }[];
  }[],
  isLeftOut: (module: string) => boolean = () => false,
): HearersOf {
  const bySource = new Map<string, string[]>();
  for (const { contract, hears } of manifests) {
    if (isLeftOut(contract.name)) continue;
    for (const { name } of hears)
      bySource.set(name, [...(bySource.get(name) ?? []), contract.name]);
  }
  return (source) => bySource.get(source) ?? [];
}
