import type { CloudEvent, EventTransport } from '#kernel/ports/event-transport';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';

/** Notes what it is given, unless it refuses. */
export function brokerThat(refuses: (batch: readonly CloudEvent[]) => boolean | Promise<never>) {
  const published: CloudEvent[] = [];
  const transport: EventTransport = {
    ...inProcessEvents(),
    name: 'a broker in a test',
    async publish(_source, batch) {
      if (await refuses(batch)) {
        broker.refused += 1;
        throw broker.error;
      }
      published.push(...batch);
      broker.batches += 1;
    },
  };
  const ids = () => new Set(published.map(({ id }) => id));
  const error = new Error('the broker refuses');
  const broker = { transport, ids, error, isDown: false, refused: 0, batches: 0 };
  return broker;
}

export function linesOf(story: string, count: number) {
  return Array.from({ length: count }, (_, i) => ({ story, line: i + 1 }));
}
