import type { CallTransport, KindOf, RemoteGround } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { Balancer } from '#kernel/ports/discovery';
import type { EventCarrier, EventHistories, HearersOf } from '#kernel/ports/event-transport';
import type { ContractBook, InternalEndpoint } from '#kernel/ports/internal-endpoint';
import type { Logger } from '#kernel/ports/logger';
import type { Trust } from '#kernel/ports/trust';

import { contractAsk } from './asks.ts';
import { httpCalls } from './calls.ts';
import { createEndpoint } from './endpoint.ts';
import { httpEvents } from './events.ts';
import { httpHistories } from './histories.ts';
import { defaultLimits, type HttpLimits } from './limits.ts';
import { createLinks } from './links.ts';
import { requestLinks } from './request-link.ts';
import { createRoutes } from './routes.ts';
import type { AskHandler } from './served.ts';
import { mostSlots } from './slots.ts';
import { streamLinks } from './stream-link.ts';

export type HttpTransportOptions = {
  /** This host, as operators know it. */
  readonly host: string;
  /** The modules of this host: whom it may speak for. */
  readonly modules: readonly string[];
  readonly trust: Trust;
  readonly balancer: Balancer;
  readonly book: ContractBook;
  readonly kindOf: KindOf;
  readonly ground: RemoteGround;
  /** Whom the events of a source are pushed to, and who may read its history. */
  readonly hearersOf: HearersOf;
  readonly clock: Clock;
  readonly log: Logger;
  /** How calls travel from here. Both ways are always served. */
  readonly mode: 'stream' | 'request';
  readonly limits?: Partial<HttpLimits>;
};

export type HttpTransport = {
  readonly calls: CallTransport;
  readonly events: EventCarrier;
  readonly histories: EventHistories;
  /** What the internal listener passes on. */
  readonly endpoint: InternalEndpoint;
  /** Ends all connections, in both directions. Calls in flight fail as unavailable. */
  close(): Promise<void>;
};

/** Calls, events and histories between hosts, over the same connections. */
export function openHttpTransport(options: HttpTransportOptions): HttpTransport {
  const given = { ...defaultLimits, ...options.limits };
  // The other half is for what is asked beside calls, or is given up and still runs.
  const limits = { ...given, callsInFlight: Math.min(given.callsInFlight, mostSlots / 2) };
  const routes = createRoutes(options.kindOf);
  const asks = new Map<string, AskHandler>();
  const ground = { ...options, limits, routes, asks, told: new Set<string>() };
  const links = createLinks(
    options.mode === 'stream' ? streamLinks(ground) : requestLinks(ground),
    ground,
  );
  const endpoint = createEndpoint(ground);
  const events = httpEvents(ground, links, asks);
  asks.set('contract', contractAsk(options.book));
  return {
    calls: httpCalls(ground, routes, links),
    events,
    histories: httpHistories(ground, links, asks),
    endpoint,
    async close() {
      await events.close();
      links.close();
      endpoint.close();
    },
  };
}
