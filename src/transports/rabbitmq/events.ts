import type { CloudEvent, EventCarrier, HearersOf } from '#kernel/ports/event-transport';
import type { Logger } from '#kernel/ports/logger';

import { packBatch, type Seals } from './batch.ts';
import { createConfirming } from './confirming.ts';
import { keepConnected } from './connection.ts';
import { createPublisher } from './publisher.ts';
import { createSubscriptions } from './subscriptions.ts';
import { placesOf } from './topology.ts';
import { within } from './waiting.ts';

export type RabbitEventsOptions = {
  /** `amqp://user:password@host:5672/vhost`, or `amqps:`. */
  readonly url: string;
  /** By the manifests: each one's queue is there before anything is published. */
  readonly hearersOf: HearersOf;
  readonly trust: Seals;
  readonly log: Logger;
  /** What the names of exchange and queues begin with. `seamline` when not given. */
  readonly prefix?: string;
  /** The broker's silence is noticed after two to three of these. 5 when not given. */
  readonly heartbeatSeconds?: number;
};

/** Less than the relay waits, so that it hears the reason. */
const publishTimeoutMs = 4500;

/**
 * Carries events over RabbitMQ: a durable topic exchange, and a quorum queue for each subscriber and
 * source. `publish` resolves when every queue has it on disk. Two connections, since the broker stops
 * reading from one that publishes when it is full, and acknowledgements must get through.
 * Throws when the URL is none of RabbitMQ's. Connects by itself, from now on until `close`.
 */
export function rabbitEvents(options: RabbitEventsOptions): EventCarrier {
  const { hearersOf, trust, log, prefix = 'seamline', heartbeatSeconds = 5 } = options;
  const link = (name: string) =>
    keepConnected({ url, heartbeatSeconds, log: log.child({ link: name }) });
  const url = checked(options.url);
  const [publishing, consuming] = [link('publishing'), link('consuming')];
  const places = placesOf(prefix);
  const publisher = createPublisher(createConfirming(publishing), places, hearersOf);
  const subscriptions = createSubscriptions({ link: consuming, places, publisher, trust, log });
  let closed = false;

  function refuseWhenClosed(): void {
    if (closed) throw new Error('The events over RabbitMQ are closed.');
  }

  async function send(source: string, batch: readonly CloudEvent[]): Promise<void> {
    for (const message of packBatch(trust, source, batch)) await publisher.send(source, message);
  }

  return {
    name: 'rabbitmq',

    async publish(source, batch) {
      refuseWhenClosed();
      if (batch.length === 0) return;
      await within(publishTimeoutMs, 'Publishing to RabbitMQ', send(source, batch));
    },

    async subscribe(subscriber, source, receive) {
      refuseWhenClosed();
      await subscriptions.add(subscriber, source, receive);
    },

    async close() {
      closed = true;
      await subscriptions.close();
      await Promise.all([publishing.close(), consuming.close()]);
    },
  };
}

function checked(url: string): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  // The URL holds a password, so it is not repeated.
  if (protocol === 'amqp:' || protocol === 'amqps:') return url;
  throw new Error('The URL of RabbitMQ does not begin with amqp:// or amqps://.');
}
