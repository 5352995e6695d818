import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

import type { TwinWire } from './event-path-twin.ts';

/** One BullMQ job an event, added in bulk; twenty at work, as BullMQ's own pages advise for short jobs. */
export function redisTwin<Message extends { readonly id: string }>(url: string): TwinWire<Message> {
  const name = `twin-${randomUUID()}`;
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(name, { connection });
  let worker: Worker | undefined;
  return {
    async send(messages) {
      await queue.addBulk(
        messages.map((message) => ({
          name: 'event',
          data: message,
          opts: {
            attempts: 1000,
            backoff: { type: 'exponential', delay: 50 },
            removeOnComplete: true,
          },
        })),
      );
    },
    async listen(take) {
      worker = new Worker(name, async ({ data }) => take(data), { connection, concurrency: 20 });
      await worker.waitUntilReady();
    },
    async close() {
      await worker?.close();
      await queue.obliterate({ force: true });
      await queue.close();
      connection.disconnect();
    },
  };
}
