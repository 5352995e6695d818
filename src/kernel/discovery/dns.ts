import { Resolver } from 'node:dns/promises';

import { type Backoff, fullJitter, rest } from '../events/backoff.ts';
import type { Discovery } from '../ports/discovery.ts';
import type { Logger } from '../ports/logger.ts';
import { lookUpIn } from './dns-lookup.ts';
import { knownInstances } from './known-instances.ts';

export type DnsOptions = {
  /** With `{module}` where the module's name belongs. */
  readonly name: string;
  /** The internal port, for names that are not SRV. */
  readonly port: number;
  /** `10.0.0.10` or `10.0.0.10:5353`; the system's without any. */
  readonly servers: readonly string[];
  readonly log: Logger;
};

/** A TTL of 0 forbids to remember, which can't mean a question before each call. */
const leastAskMs = 1_000;

/** The TTL of an answer may be days; a server that is asked again each minute does not mind. */
const mostAskMs = 60_000;

/**
 * Node tells the TTL of addresses, and none of SRV records. Most zones give both the same, so a name
 * with SRV is asked again when its addresses run out, and this often even when they last longer.
 */
const mostSrvAskMs = 5_000;

/** While there is no good answer. */
const outage: Backoff = { firstDelayMs: 500, maxDelayMs: 10_000 };

const resolverOptions = { timeout: 2_000, tries: 2 };

/**
 * Modules run where the DNS says: SRV, or A and AAAA. An instance that moved is found within its TTL.
 * A name that is gone, a server that fails or does not answer change nothing: the last good answer
 * stays, and who is no longer there fails its calls and is left out by the balancer.
 */
export function dnsDiscovery({ name, port, servers, log }: DnsOptions): Discovery {
  const known = knownInstances();
  const closing = new AbortController();
  const resolver = new Resolver(resolverOptions);
  if (servers.length > 0) resolver.setServers(servers);
  const lookUp = lookUpIn(resolver, port);
  let asking: readonly Promise<void>[] = [];
  const { signal } = closing;

  async function follow(module: string): Promise<void> {
    const asked = name.replaceAll('{module}', module);
    const mostMs = asked.startsWith('_') ? mostSrvAskMs : mostAskMs;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const { instances, ttlMs } = await lookUp(asked);
        if (signal.aborted) return;
        known.learn(module, instances);
        failures = 0;
        await rest(before(Math.min(Math.max(ttlMs, leastAskMs), mostMs)), signal);
      } catch (error) {
        failures += 1;
        if (failures === 1 && !signal.aborted) {
          log.warn({ err: error, module, name: asked }, 'the DNS names no instance');
        }
        await rest(leastAskMs / 4 + fullJitter(failures, outage), signal);
      }
    }
  }

  return {
    name: 'dns',
    instancesOf: known.of,
    watch: known.watch,
    async start(modules) {
      asking = modules.map(follow);
    },
    leave: async () => undefined,
    async close() {
      closing.abort();
      resolver.cancel();
      await Promise.all(asking);
    },
  };
}

/** Between 75 and 100 percent: never later, and not in step with others. */
function before(ms: number): number {
  return ms * (0.75 + Math.random() / 4);
}
