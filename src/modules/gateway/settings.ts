import { isIP, isIPv4 } from 'node:net';

import {
  type Setting,
  type Settings,
  type SettingsOf,
  text,
  wholeNumber,
} from '#kernel/config/settings';

/** Requests a second that one account and one network may make; undefined is no limit. */
const rateLimit: Setting<number | undefined> = {
  fallback: 50,
  example: '50/s',
  meaning: 'requests a second of one account and one network, or off',
  parse(value) {
    if (value === 'off') return undefined;
    const [, perSecond] = /^(\d{1,6})\/s$/.exec(value) ?? [];
    if (!perSecond || Number(perSecond) === 0)
      throw new Error('must be off or a rate such as 50/s');
    return Number(perSecond);
  },
};

const trustedProxies: Setting<readonly string[]> = {
  fallback: [],
  example: '10.0.0.0/8,fd00::/8',
  meaning: 'the proxies whose X-Forwarded-For is believed, as CIDRs',
  parse: (value) => parts(value).map(cidr),
};

const corsOrigins: Setting<readonly string[]> = {
  fallback: [],
  example: 'https://shop.example.com',
  meaning: 'the web origins whose pages may call, each exactly',
  parse: (value) => parts(value).map(origin),
};

export const gatewaySettings = {
  PORT: wholeNumber(
    { min: 0, max: 65_535 },
    { fallback: 3000, example: '3000', meaning: 'the port of the public door' },
  ),
  BIND: text({
    fallback: '127.0.0.1',
    example: '0.0.0.0',
    meaning: 'the address of the public door',
  }),
  DRAIN_DELAY_MS: wholeNumber(
    { min: 0, max: 300_000 },
    {
      fallback: 500,
      example: '15000',
      meaning:
        'how long a door that is told to end still lets in; longer than balancers need to see it',
    },
  ),
  RATE_LIMIT: rateLimit,
  TRUSTED_PROXIES: trustedProxies,
  CORS_ORIGINS: corsOrigins,
} satisfies Settings;

export type GatewaySettings = SettingsOf<typeof gatewaySettings>;

function parts(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function cidr(value: string): string {
  const [address = '', bits, ...rest] = value.split('/');
  const most = isIPv4(address) ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  const fits = /^\d{1,3}$/.test(bits ?? '0') && prefix <= most && rest.length === 0;
  if (isIP(address) === 0 || !fits)
    throw new Error('must be addresses or CIDRs, with commas between');
  return `${address}/${prefix}`;
}

function origin(value: string): string {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  const isWeb = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
  if (!isWeb || parsed.origin !== value) {
    throw new Error(
      'must be exact origins (scheme, host, port, nothing after), with commas between',
    );
  }
  return value;
}
