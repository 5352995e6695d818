import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

import { createLogger } from '#kernel/log';
import type { Trust } from '#kernel/ports/trust';
import { openTrust, type TrustOptions } from '#kernel/trust/open-trust';
import { parseSigningKey, publicTextOf, type SigningKey } from '#kernel/trust/service-keys';
import { parseTrustedKeys } from '#kernel/trust/trusted-keys';
import { type MovableClock, movableClock } from '#test/clock';

export type Line = Readonly<Record<string, unknown>>;

/** A host as another one sees it: a name, modules and a key. */
export type Party = {
  readonly host: string;
  readonly modules: readonly string[];
  readonly key: SigningKey;
};

export type Entry = { host?: string; modules: readonly string[]; key: string; until?: string };

export function party(host: string, ...modules: string[]): Party {
  return { host, modules, key: makeKey() };
}

export function makeKey(): SigningKey {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  return parseSigningKey(String(pem));
}

export function entryOf({ host, modules, key }: Party): Entry {
  return { host, modules, key: publicTextOf(key) };
}

export type OpenParty = { readonly trust: Trust; readonly logged: Line[]; audits(): Line[] };

/** Opens a host with the keys that it was given; `trusted` are those of others. */
export function openParty(
  { host, modules, key }: Party,
  trusted: readonly Entry[],
  clock: MovableClock = movableClock(),
): OpenParty {
  const value = parseTrustedKeys(JSON.stringify(trusted));
  return open({
    ...{ host, modules, clock, production: true, spread: 'many-machines', dataDir: '/nowhere' },
    settings: { SERVICE_KEY: { value: key }, SERVICE_TRUST: { value } },
  });
}

export function open(options: Omit<TrustOptions, 'log'>): OpenParty {
  const logged: Line[] = [];
  const log = createLogger('debug', { write: (line) => logged.push(JSON.parse(line)) });
  return {
    trust: openTrust({ ...options, log }),
    logged,
    audits: () => logged.filter(({ audit }) => audit !== undefined),
  };
}

/** Signs whatever a test wants signed, as somebody does who has a key and no scruples. */
export function forge(header: object, claims: object, key: KeyObject): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
}

export function encode(value: object | string): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  );
}

export function decode(token: string): { header: Line; claims: Line } {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: read(header), claims: read(claims) };
}
