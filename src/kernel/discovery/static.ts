import type { Discovery } from '../ports/discovery.ts';
import { knownInstances } from './known-instances.ts';

/** The internal addresses of each module's instances, by the module's name: `http://10.0.0.5:4000`. */
export type Addresses = Readonly<Record<string, readonly string[]>>;

/**
 * Modules run where the topology, or `ORDERS_URL`, says. An address can't tell which process answers
 * there, so the address is the id. Throws for what is no address of an internal listener.
 */
export function staticDiscovery(addresses: Addresses): Discovery {
  const known = knownInstances();
  for (const [module, urls] of Object.entries(addresses)) {
    known.learn(
      module,
      urls.map((url) => {
        const origin = originOf(url);
        return { id: origin, url: origin };
      }),
    );
  }
  return {
    name: 'static',
    instancesOf: known.of,
    watch: known.watch,
    start: async () => undefined,
    leave: async () => undefined,
    close: async () => undefined,
  };
}

/** `http://10.0.0.5:4000`, without what may follow. Throws an `Error` that says what was expected. */
export function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isBare = url && url.pathname === '/' && !url.search && !url.hash && !url.username;
  if (!isBare || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error(`${address} is no address of an internal listener: http://10.0.0.5:4000 is.`);
  }
  return url.origin;
}
