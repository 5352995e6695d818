import type { EventCarrier, EventTransport, HearersOf } from '#kernel/ports/event-transport';

import { inProcessEvents } from '../../src/transports/in-process/events.ts';
import type { Bus } from './event-transport.suite.ts';

/**
 * A bus whose connections each have a carrier of their own, as processes have, and ask the owners of
 * events directly. Whoever has once subscribed is a hearer for good.
 */
export function carrierBus(open: (hearersOf: HearersOf) => EventCarrier): Bus {
  const histories = inProcessEvents();
  const hearers = new Map<string, Set<string>>();
  const carriers: EventCarrier[] = [];

  function connected(carrier: EventCarrier): EventTransport {
    return {
      name: carrier.name,
      publish: carrier.publish,
      async subscribe(subscriber, source, receive) {
        hearers.set(source, (hearers.get(source) ?? new Set()).add(subscriber));
        await carrier.subscribe(subscriber, source, receive);
      },
      close: carrier.close,
      serveHistory: histories.serveHistory,
      history: histories.history,
    };
  }

  return {
    async connect() {
      const carrier = open((source) => [...(hearers.get(source) ?? [])]);
      carriers.push(carrier);
      return connected(carrier);
    },
    async close() {
      await Promise.all(carriers.map((carrier) => carrier.close()));
    },
  };
}
