import { randomUUID } from 'node:crypto';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';

import type { TwinWire } from './event-path-twin.ts';

/** Messages that the consumer may hold, as RabbitMQ's own pages advise for short work. */
const prefetch = 200;
const retryMs = 50;

/**
 * One persistent, mandatory message an event to a quorum queue, those of a page confirmed together; one
 * acknowledgement an event. As ours: durable exchange and queue, a connection for each direction.
 */
export function rabbitTwin<Message extends { readonly id: string }>(
  url: string,
): TwinWire<Message> {
  const name = `twin-${randomUUID()}`;
  let there: ChannelModel | undefined;
  let here: Promise<Publishing> | undefined;
  return {
    async send(messages) {
      here ??= openPublishing(url, name);
      const publishing = await here;
      for (const message of messages) {
        const content = Buffer.from(JSON.stringify(message));
        publishing.channel.publish(name, 'teller', content, {
          messageId: message.id,
          mandatory: true,
          persistent: true,
        });
      }
      await publishing.channel.waitForConfirms();
      if (publishing.returned > 0) throw new Error('No queue took an event.');
    },
    async listen(take) {
      there = await connect(url, { noDelay: true });
      const channel = await there.createChannel();
      await channel.assertExchange(name, 'topic', { durable: true });
      const quorum = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
      await channel.assertQueue(name, quorum);
      await channel.bindQueue(name, name, 'teller');
      await channel.prefetch(prefetch);
      await channel.consume(name, (message) => {
        if (message === null) throw new Error('The queue was deleted.');
        try {
          take(JSON.parse(message.content.toString()));
          channel.ack(message);
        } catch {
          setTimeout(() => channel.nack(message), retryMs);
        }
      });
    },
    async close() {
      const publishing = await here;
      await publishing?.connection.close();
      await there?.close();
    },
  };
}

type Publishing = {
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
  returned: number;
};

async function openPublishing(url: string, exchange: string): Promise<Publishing> {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange(exchange, 'topic', { durable: true });
  const publishing: Publishing = { connection, channel, returned: 0 };
  channel.on('return', () => {
    publishing.returned += 1;
  });
  return publishing;
}
