import type { Channel, ConsumeMessage } from 'amqplib';

import type { Receive } from '#kernel/ports/event-transport';
import type { Logger } from '#kernel/ports/logger';

import { openBatch, type Seals } from './batch.ts';
import type { Publisher } from './publisher.ts';
import { within } from './waiting.ts';

export type DeliveryOptions = {
  readonly subscriber: string;
  readonly source: string;
  readonly receive: Receive;
  readonly trust: Seals;
  readonly publisher: Publisher;
  /** The queue of what could not be stored. */
  readonly again: string;
  readonly log: Logger;
};

/** Brings one message to its subscriber; answers whether it was stored or refused. Never throws. */
export type Deliver = (channel: Channel, message: ConsumeMessage) => Promise<boolean>;

const receiveTimeoutMs = 30_000;

export function createDeliver(options: DeliveryOptions): Deliver {
  const { source, subscriber, log } = options;
  return async (channel, message) => {
    try {
      await within(receiveTimeoutMs, 'Storing events', storeOrRefuse(options, message));
      settle(() => channel.ack(message));
      return true;
    } catch (error) {
      const facts = { err: error, source, subscriber, attempts: attemptsOf(message) };
      log.warn(facts, 'events could not be stored; they come again');
      await giveBack(options, channel, message);
      return false;
    }
  };
}

async function storeOrRefuse(options: DeliveryOptions, message: ConsumeMessage): Promise<void> {
  const { source, subscriber, receive, trust, publisher, log } = options;
  const opened = openBatch(trust, source, message.content);
  if (typeof opened !== 'string') return receive(opened);
  log.error({ source, subscriber, problem: opened }, 'a message was refused');
  await publisher.keepRefused(message.content, { source, subscriber, problem: opened });
}

/**
 * At first it goes straight back, for another instance to try, and then to the end of the queue
 * `again`, without a limit of patience: there is a copy before the message is acknowledged. Rejected,
 * since from RabbitMQ 4.3 on only that counts as a delivery, and not a negative acknowledgement.
 */
async function giveBack(
  { publisher, again, log }: DeliveryOptions,
  channel: Channel,
  message: ConsumeMessage,
): Promise<void> {
  if (isFirstAttempt(message)) return settle(() => channel.reject(message));
  try {
    await publisher.sendAgain(again, message.content, { attempts: attemptsOf(message) });
    settle(() => channel.ack(message));
  } catch (error) {
    log.warn({ err: error, again }, 'events that could not be stored stay where they were');
    settle(() => channel.reject(message));
  }
}

function isFirstAttempt({ fields, properties: { headers } }: ConsumeMessage): boolean {
  return fields.exchange !== '' && (headers?.['x-delivery-count'] ?? 0) === 0;
}

/** How often it was tried, this time included, as far as is known. */
function attemptsOf({ properties: { headers } }: ConsumeMessage): number {
  return (headers?.attempts ?? 0) + (headers?.['x-delivery-count'] ?? 0) + 1;
}

/** On a channel that has closed meanwhile there is nothing to settle: the message comes again. */
function settle(settling: () => void): void {
  try {
    settling();
  } catch {
    // The driver refuses whatever is sent on a closed channel.
  }
}
