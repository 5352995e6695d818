import type { SettingsOf } from '../config/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Discovery } from '../ports/discovery.ts';
import type { Logger } from '../ports/logger.ts';
import { consulDiscovery } from './consul.ts';
import type { OwnHost } from './consul-registration.ts';
import type { discoverySettings } from './discovery-settings.ts';
import { dnsDiscovery } from './dns.ts';
import { type Addresses, staticDiscovery } from './static.ts';

export type DiscoveryParts = {
  readonly settings: SettingsOf<typeof discoverySettings>;
  /** What the topology and `ORDERS_URL` say. Whoever is named here is not asked for elsewhere. */
  readonly addresses: Addresses;
  readonly own: OwnHost;
  readonly clock?: Clock;
  readonly log: Logger;
};

/** The discovery that `DISCOVERY` names. Nothing is asked before its `start`. */
export function openDiscovery(parts: DiscoveryParts): Discovery {
  const told = Object.entries(parts.addresses).filter(([, urls]) => urls.length > 0);
  const fixed = staticDiscovery(Object.fromEntries(told));
  const asking = askingDiscovery(parts);
  if (!asking) return fixed;
  const isTold = new Set(told.map(([module]) => module));
  const of = (module: string) => (isTold.has(module) ? fixed : asking);
  return {
    ...asking,
    instancesOf: (module) => of(module).instancesOf(module),
    watch: (module, changed) => of(module).watch(module, changed),
    start: (asked) => asking.start(asked.filter((module) => !isTold.has(module))),
  };
}

function askingDiscovery({ settings, own, clock, log }: DiscoveryParts): Discovery | undefined {
  if (settings.DISCOVERY === 'dns') {
    const { DNS_NAME: name, DNS_PORT: port, DNS_SERVERS: servers } = settings;
    return dnsDiscovery({ name, port, servers, log });
  }
  if (settings.DISCOVERY === 'consul') {
    const { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN: token } = settings;
    return consulDiscovery({ address, token, own, log, ...(clock && { clock }) });
  }
  return undefined;
}
