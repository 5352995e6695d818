import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';

import { createLogger, type LogLevel } from '#kernel/log';
import type { EventTransport } from '#kernel/ports/event-transport';
import { fileEnd } from '#test/file-end';

import { inProcessEvents } from '../../src/transports/in-process/events.ts';
import { type RabbitEventsOptions, rabbitEvents } from '../../src/transports/rabbitmq/events.ts';
import { rabbitBinaries, startRabbit } from './rabbitmq.ts';
import { createSeals } from './seals.ts';

/** One prefix of names at a broker, and the keys of those who meet there. */
export type RabbitBus = {
  readonly prefix: string;
  readonly options: RabbitEventsOptions;
  /** Another process's connection. Histories, which no broker carries, are shared in this process. */
  connect(options?: Partial<RabbitEventsOptions>): Promise<EventTransport>;
  /** Deletes the queues, with all that is in them; whoever is connected stays so. */
  forget(): Promise<void>;
  /** Closes all connections and removes what this bus has made at the broker. */
  close(): Promise<void>;
};

/** The broker of TEST_AMQP_URL, or one for this file; undefined where there are no binaries. */
export async function rabbitForThisFile(): Promise<string | undefined> {
  if (process.env.TEST_AMQP_URL) return process.env.TEST_AMQP_URL;
  if (!rabbitBinaries()) return undefined;
  const broker = await startRabbit();
  fileEnd.after(() => broker.stop());
  return broker.url;
}

export function openRabbitBus(url: string, changes: Partial<RabbitEventsOptions> = {}): RabbitBus {
  const prefix = `t${randomBytes(5).toString('hex')}`;
  const log = createLogger((process.env.TEST_LOG ?? 'silent') as LogLevel);
  /** By source: whoever has once subscribed is a hearer for good. */
  const hearers = new Map<string, Set<string>>();
  const hearersOf = (source: string) => [...(hearers.get(source) ?? [])];
  const options = { url, prefix, trust: createSeals(), log, hearersOf, ...changes };
  const histories = inProcessEvents();
  const opened: EventTransport[] = [];
  const queues = new Set<string>();
  return {
    prefix,
    options,

    async connect(own = {}) {
      const carrier = rabbitEvents({ ...options, ...own });
      const transport: EventTransport = {
        ...carrier,
        async publish(source, batch) {
          const known = own.hearersOf ?? options.hearersOf;
          for (const hearer of known(source)) queues.add(`${prefix}.${source}.${hearer}`);
          await carrier.publish(source, batch);
        },
        async subscribe(subscriber, source, receive) {
          queues.add(`${prefix}.${source}.${subscriber}`);
          hearers.set(source, (hearers.get(source) ?? new Set()).add(subscriber));
          await carrier.subscribe(subscriber, source, receive);
        },
        serveHistory: histories.serveHistory,
        history: histories.history,
      };
      opened.push(transport);
      return transport;
    },

    forget: () => remove(url, prefix, queues),

    async close() {
      await Promise.all(opened.map((transport) => transport.close()));
      await remove(url, prefix, queues);
    },
  };
}

/** A broker that is gone takes everything with it. */
async function remove(url: string, prefix: string, queues: ReadonlySet<string>): Promise<void> {
  const connection = await connect(url, { timeout: 2000 }).catch(() => undefined);
  if (!connection) return;
  const channel = await connection.createChannel();
  for (const queue of [...queues].flatMap((name) => [name, `${name}.again`])) {
    await channel.deleteQueue(queue);
  }
  await channel.deleteQueue(`${prefix}.refused`);
  await channel.deleteExchange(`${prefix}.events`);
  await connection.close();
}
