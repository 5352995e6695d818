import test, { type TestContext } from 'node:test';
import { type Channel, connect } from 'amqplib';

import type { CloudEvent, EventTransport } from '#kernel/ports/event-transport';
import { openRabbitBus, type RabbitBus, rabbitForThisFile } from '#test/rabbit-bus';

import { eventOf } from './event-transport.suite.ts';

/** Undefined where there is no broker, and no way to start one. */
export const url = await rabbitForThisFile();

/** A test with a bus of its own at the broker of this file. */
export function fact(name: string, holds: (bus: RabbitBus, t: TestContext) => Promise<void>): void {
  test(name, async (t) => {
    const bus = openRabbitBus(url ?? '');
    t.after(() => bus.close());
    await holds(bus, t);
  });
}

export function told(count: number): readonly CloudEvent[] {
  return Array.from({ length: count }, (_, nth) => eventOf('teller', 'troy', nth + 1));
}

/** Answers what it has stored by now. */
export async function hear(
  transport: EventTransport,
  subscriber: string,
  store: (batch: readonly CloudEvent[]) => void = () => undefined,
): Promise<readonly CloudEvent[]> {
  const heard: CloudEvent[] = [];
  await transport.subscribe(subscriber, 'teller', async (batch) => {
    store(batch);
    heard.push(...batch);
  });
  return heard;
}

export function idsOf(events: readonly CloudEvent[]): readonly string[] {
  return events.map(({ id }) => id).sort();
}

/** Throws, among others, when the work asks for what is not there: the broker ends the channel. */
export async function atBroker<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(url ?? '');
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    const answer = await work(channel);
    await channel.close();
    return answer;
  } finally {
    await connection.close();
  }
}

export async function depthOf(queue: string): Promise<number> {
  return atBroker(async (channel) => (await channel.checkQueue(queue)).messageCount);
}
