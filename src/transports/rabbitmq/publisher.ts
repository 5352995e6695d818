import type { HearersOf } from '#kernel/ports/event-transport';

import type { Confirming, Outgoing } from './confirming.ts';
import {
  declareAgain,
  declareExchange,
  declareQueue,
  declareRefused,
  type Places,
} from './topology.ts';
import { within } from './waiting.ts';

/** Each rejects at once while there is no connection or the broker is full. */
export type Publisher = {
  /** To every subscriber of the source. Rejects when one is known, and no queue wants it. */
  send(source: string, content: Buffer): Promise<void>;
  /** Copies what a subscriber could not store to the end of its queue `again`. */
  sendAgain(queue: string, content: Buffer, headers: Headers): Promise<void>;
  /** Copies what was refused to where a person finds it. */
  keepRefused(content: Buffer, headers: Headers): Promise<void>;
};

type Headers = Readonly<Record<string, string | number>>;

const copyTimeoutMs = 4500;

export function createPublisher(
  confirming: Confirming,
  places: Places,
  hearersOf: HearersOf,
): Publisher {
  /** The default exchange leads to a queue by its name. */
  async function copy(queue: string, message: Omit<Outgoing, 'exchange' | 'routingKey'>) {
    const sending = confirming.send({ ...message, exchange: '', routingKey: queue });
    if (await within(copyTimeoutMs, 'Copying a message', sending)) return;
    throw new Error(`There is no queue ${queue}.`);
  }

  return {
    async send(source, content) {
      const { exchange } = places;
      const isRouted = await confirming.send({
        exchange,
        routingKey: source,
        content,
        async declare(channel) {
          await declareExchange(channel, places);
          for (const hearer of hearersOf(source)) {
            await declareQueue(channel, places, hearer, source);
          }
        },
      });
      if (isRouted || hearersOf(source).length === 0) return;
      throw new Error(`Nobody's queue takes events of ${source}.`);
    },

    sendAgain: (queue, content, headers) =>
      copy(queue, { content, headers, declare: (channel) => declareAgain(channel, queue) }),

    keepRefused: (content, headers) =>
      copy(places.refused, {
        content,
        headers,
        declare: (channel) => declareRefused(channel, places),
      }),
  };
}
