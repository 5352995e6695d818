import { hearersByManifest } from '#kernel/host/local-and-remote';
import type { ModuleDefinition } from '#kernel/module';
import type { EventCarrier } from '#kernel/ports/event-transport';
import type { Logger } from '#kernel/ports/logger';
import type { Trust } from '#kernel/ports/trust';
import { StartError } from '#kernel/start-error';

import type { AppSettings } from './app-settings.ts';

type Ground = {
  /** All of the shop, wherever they run. */
  readonly modules: readonly ModuleDefinition[];
  readonly log: Logger;
};

/** Events over the broker that the placement names; no other broker's transport is loaded. */
export async function openBroker(
  { placement, topology }: AppSettings,
  { modules, log }: Ground,
  trust: Trust,
): Promise<EventCarrier> {
  const { REDIS_URL, AMQP_URL, BUS_PREFIX: prefix } = topology;
  const parts = {
    hearersOf: hearersByManifest(modules),
    log: log.child({ module: 'events' }),
    prefix,
  };
  if (placement.bus === 'redis') {
    const { redisEvents } = await import('./transports/redis/events.ts');
    const carrier = redisEvents({ ...parts, url: String(REDIS_URL), trust });
    await usable(carrier);
    return carrier;
  }
  const { rabbitEvents } = await import('./transports/rabbitmq/events.ts');
  return rabbitEvents({ ...parts, url: String(AMQP_URL), trust });
}

/** A server that would lose events is told of at the start; one that is away is waited for. */
async function usable(carrier: { check(): Promise<void>; close(): Promise<void> }): Promise<void> {
  try {
    await carrier.check();
  } catch (error) {
    await carrier.close();
    throw new StartError(`REDIS_URL: ${(error as Error).message}`, { cause: error });
  }
}
