import type { Clock } from '../ports/clock.ts';
import type { Discovery } from '../ports/discovery.ts';
import type { Logger } from '../ports/logger.ts';
import { systemClock } from '../system-clock.ts';
import { consulApi } from './consul-api.ts';
import { consulRegistration, type OwnHost } from './consul-registration.ts';
import { followService } from './consul-watch.ts';
import { knownInstances } from './known-instances.ts';

export type ConsulOptions = {
  /** The agent's HTTP API. */
  readonly address: URL;
  readonly token: string | undefined;
  readonly own: OwnHost;
  readonly clock?: Clock;
  readonly log: Logger;
};

/**
 * Modules run where Consul knows them to be ready, and this host's own are registered with the agent
 * from `start` until `leave`. While Consul is away its last answer counts.
 */
export function consulDiscovery(options: ConsulOptions): Discovery {
  const { address, token, own, clock = systemClock, log } = options;
  const consul = consulApi(address, token);
  const known = knownInstances();
  const registration = consulRegistration(consul, own, log);
  const closing = new AbortController();
  let following: readonly Promise<void>[] = [];
  return {
    name: 'consul',
    instancesOf: known.of,
    watch: known.watch,
    async start(asked) {
      registration.start();
      const parts = { consul, known, clock, log, signal: closing.signal };
      following = asked.map((module) => followService(module, parts));
    },
    leave: registration.leave,
    async close() {
      closing.abort();
      await Promise.all([registration.close(), ...following]);
    },
  };
}
