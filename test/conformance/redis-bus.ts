import { randomUUID } from 'node:crypto';

import { createLogger, type LogLevel } from '#kernel/log';
import { type PrivateRedis, startRedis } from '#test/redis';
import { createSeals } from '#test/seals';

import { redisEvents } from '../../src/transports/redis/events.ts';
import { carrierBus } from './carrier-bus.ts';
import type { BrokerBus } from './event-broker.suite.ts';
import type { Bus } from './event-transport.suite.ts';

const log = createLogger((process.env.TEST_LOG ?? 'silent') as LogLevel);

/** A bus of its own on a server that others may use too. */
export function redisBus(url: string): Bus {
  const prefix = `test-${randomUUID()}`;
  const trust = createSeals();
  return carrierBus((hearersOf) => redisEvents({ url, hearersOf, trust, log, prefix }));
}

/** A bus on a server of its own, which the test may harm. */
export async function privateRedisBus(): Promise<BrokerBus & { readonly broker: PrivateRedis }> {
  const broker = await startRedis();
  const bus = redisBus(broker.url);
  return {
    ...bus,
    broker,
    async close() {
      await bus.close();
      await broker.stop();
    },
  };
}
