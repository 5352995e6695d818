import { Resolver } from 'node:dns';

import {
  choice,
  list,
  type Setting,
  type Settings,
  text,
  wholeNumber,
} from '../config/settings.ts';
import { originOf } from './static.ts';

const discoveries = ['static', 'dns', 'consul'] as const;
export type DiscoveryKind = (typeof discoveries)[number];

/** How this host learns where the modules of others run. */
export const discoverySettings = {
  DISCOVERY: choice(discoveries, {
    fallback: 'static',
    example: 'dns',
    meaning: 'who knows where modules run: the topology and ORDERS_URL, the DNS, or Consul',
  }),
  CONSUL_HTTP_ADDR: consulAddress(),
  CONSUL_HTTP_TOKEN: text({
    fallback: undefined,
    example: 'the secret id of an ACL token that may write the services of this host',
    meaning: 'the ACL token for Consul',
    secret: true,
  }),
  DNS_NAME: dnsName(),
  DNS_PORT: wholeNumber(
    { min: 1, max: 65_535 },
    { fallback: 4000, example: '4000', meaning: 'the internal port, where A and AAAA tell none' },
  ),
  DNS_SERVERS: dnsServers(),
} satisfies Settings;

/** `ORDERS_URL`: where the instances of one module are, with commas between them. Empty without. */
export function moduleUrlSetting(module: string): [string, Setting<readonly string[]>] {
  const name = `${module.toUpperCase()}_URL`;
  const urls = list({
    fallback: [],
    example: 'http://10.0.0.5:4000,http://10.0.0.6:4000',
    meaning: `the internal listeners of the hosts with ${module}; asked before any other discovery`,
  });
  return [name, { ...urls, parse: (value) => urls.parse(value).map(originOf) }];
}

function dnsName(): Setting<string> {
  const about = text({
    fallback: '_internal._tcp.{module}',
    example: '_internal._tcp.{module}.shop.svc.cluster.local',
    meaning:
      'the name of a module’s instances; SRV when it begins with _, else A and AAAA with DNS_PORT',
  });
  const parse = (value: string) => {
    if (!value.includes('{module}')) throw new Error('must have {module} where its name belongs');
    return value;
  };
  return { ...about, parse };
}

function dnsServers(): Setting<readonly string[]> {
  const about = list({
    fallback: [],
    example: '10.0.0.10,10.0.0.11:8600',
    meaning: 'whom to ask; the servers of the system without',
  });
  const parse = (value: string) => {
    const servers = about.parse(value);
    try {
      new Resolver().setServers(servers);
    } catch {
      throw new Error('must be IP addresses, with or without a port');
    }
    return servers;
  };
  return { ...about, parse };
}

/** As Consul's own tools read it: `host:port`, or a URL. */
function consulAddress(): Setting<URL> {
  return {
    fallback: new URL('http://127.0.0.1:8500'),
    example: 'http://127.0.0.1:8500',
    meaning: 'the HTTP API of the Consul agent',
    parse: (value) => {
      const given = /^[a-z]+:\/\//i.test(value) ? value : `http://${value}`;
      const url = URL.canParse(given) ? new URL(given) : undefined;
      if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
        throw new Error('must be host:port, or a URL that starts with http:// or https://');
      }
      return url;
    },
  };
}
