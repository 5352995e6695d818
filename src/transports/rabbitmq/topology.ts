import type { Channel } from 'amqplib';

import { within } from './waiting.ts';

/** What everything at the broker is called; publishers and subscribers must agree on all of it. */
export type Places = {
  /** The topic exchange; the routing key is the source. */
  readonly exchange: string;
  /** Where messages stand that are no publisher's of ours: bounded, for a person to look at. */
  readonly refused: string;
  /** All that one subscriber has not stored yet of one source. */
  queue(subscriber: string, source: string): string;
  /** What it could not store when it was tried, and is tried again without holding up the rest. */
  again(subscriber: string, source: string): string;
};

export function placesOf(prefix: string): Places {
  const queue = (subscriber: string, source: string) => `${prefix}.${source}.${subscriber}`;
  return {
    exchange: `${prefix}.events`,
    refused: `${prefix}.refused`,
    queue,
    again: (subscriber, source) => `${queue(subscriber, source)}.again`,
  };
}

/**
 * A change of these arguments would need new names: a queue that exists keeps its own. No dead-letter
 * exchange: what must not be lost is confirmed by us (decision 0026).
 */
const holding = {
  durable: true,
  arguments: {
    'x-queue-type': 'quorum',
    // So often nobody fails. The broker may else have a limit of its own, and drop events at it.
    'x-delivery-limit': 1_000_000_000,
    // Should an operator bound the queue, the publisher is told, and nothing is dropped.
    'x-overflow': 'reject-publish',
  },
};

const bounded = {
  durable: true,
  arguments: {
    'x-queue-type': 'quorum',
    'x-overflow': 'drop-head',
    'x-max-length': 1000,
    'x-max-length-bytes': 64 * 1024 * 1024,
  },
};

const replyTimeoutMs = 3000;

/**
 * Declares one subscriber's queue for one source. Whoever comes first does it, publisher or
 * subscriber; declaring again changes nothing.
 */
export async function declareQueue(
  channel: Channel,
  places: Places,
  subscriber: string,
  source: string,
): Promise<void> {
  await declareExchange(channel, places);
  await reply(channel.assertQueue(places.queue(subscriber, source), holding));
  await bindQueue(channel, places, subscriber, source);
}

/** Exchange and queue must be there. Binding again changes nothing. */
export async function bindQueue(
  channel: Channel,
  places: Places,
  subscriber: string,
  source: string,
): Promise<void> {
  await reply(channel.bindQueue(places.queue(subscriber, source), places.exchange, source));
}

export async function declareAgain(channel: Channel, queue: string): Promise<void> {
  await reply(channel.assertQueue(queue, holding));
}

export async function declareExchange(channel: Channel, { exchange }: Places): Promise<void> {
  await reply(channel.assertExchange(exchange, 'topic', { durable: true }));
}

export async function declareRefused(channel: Channel, { refused }: Places): Promise<void> {
  await reply(channel.assertQueue(refused, bounded));
}

/** A channel that comes too late is nobody's, and is closed: a connection has 2047 at most. */
export async function opened<C extends Channel>(opening: Promise<C>): Promise<C> {
  try {
    return await reply(opening);
  } catch (error) {
    opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  }
}

/** The driver waits for replies without a limit of its own. */
export function reply<T>(work: Promise<T>): Promise<T> {
  return within(replyTimeoutMs, 'An answer of RabbitMQ', work);
}
