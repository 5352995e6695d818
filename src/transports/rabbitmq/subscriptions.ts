import type { Receive } from '#kernel/ports/event-transport';
import type { Logger } from '#kernel/ports/logger';

import type { Seals } from './batch.ts';
import type { Link } from './connection.ts';
import { type Consumer, type ConsumerOptions, startConsumer } from './consumer.ts';
import { createDeliver } from './delivery.ts';
import type { Publisher } from './publisher.ts';
import { bindQueue, declareAgain, declareQueue, type Places } from './topology.ts';
import { within } from './waiting.ts';

/** All that one host hears. */
export type Subscriptions = {
  /** Rejects, and hears nothing, when the broker does not promise to bring the events in time. */
  add(subscriber: string, source: string, receive: Receive): Promise<void>;
  /** Resolves when what was being received has been stored or given back; waits 10 s at most. */
  close(): Promise<void>;
};

type Options = {
  readonly link: Link;
  readonly places: Places;
  readonly publisher: Publisher;
  readonly trust: Seals;
  readonly log: Logger;
};

/** Less than the inbox waits, so that it hears the reason. */
const subscribeTimeoutMs = 4500;

export function createSubscriptions(options: Options): Subscriptions {
  const started = new Set<Promise<readonly Consumer[]>>();
  return {
    async add(subscriber, source, receive) {
      const starting = start(options, subscriber, source, receive);
      started.add(starting);
      await within(subscribeTimeoutMs, `Subscribing to ${source}`, starting).catch((error) => {
        // Its caller asks again, and must not hear everything twice then.
        started.delete(starting);
        void starting.then(stop, () => undefined);
        throw error;
      });
    },

    async close() {
      const ended = [...started].map((starting) => starting.then(stop, () => undefined));
      await Promise.all(ended);
    },
  };
}

/** Two consumers, each at its own pace: what could not be stored holds up nothing new. */
async function start(
  { link, places, publisher, trust, log }: Options,
  subscriber: string,
  source: string,
  receive: Receive,
): Promise<readonly Consumer[]> {
  const again = places.again(subscriber, source);
  const deliver = createDeliver({ subscriber, source, receive, trust, publisher, again, log });
  const ground = { link, deliver, log };
  const first = await startConsumer({
    ...ground,
    queue: places.queue(subscriber, source),
    declare: (channel) => declareQueue(channel, places, subscriber, source),
    bind: (channel) => bindQueue(channel, places, subscriber, source),
  });
  const declare: ConsumerOptions['declare'] = (channel) => declareAgain(channel, again);
  try {
    return [first, await startConsumer({ ...ground, queue: again, declare })];
  } catch (error) {
    await first.stop();
    throw error;
  }
}

async function stop(consumers: readonly Consumer[]): Promise<void> {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
}
