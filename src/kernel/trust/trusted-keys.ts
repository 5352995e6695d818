import type { KeyObject } from 'node:crypto';

import { Type } from '../schema.ts';
import { compileValidator } from '../validator.ts';
import { parsePublicKey } from './service-keys.ts';

/** A public key of another host, and what whoever signs with it may say. */
export type TrustedKey = {
  readonly kid: string;
  readonly publicKey: KeyObject;
  /** The only host that may use it; any without. */
  readonly host: string | undefined;
  /** The modules that it may speak for. */
  readonly modules: ReadonlySet<string>;
  /** Milliseconds since the epoch: from then on it proves nothing. */
  readonly until: number;
};

const Entry = Type.Object({
  host: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  modules: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    minItems: 1,
    maxItems: 200,
  }),
  key: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }),
  until: Type.Optional(Type.String({ format: 'date-time' })),
});
type Entry = {
  readonly host?: string;
  readonly modules: readonly string[];
  readonly key: string;
  readonly until?: string;
};

const entries = compileValidator(Type.Array(Entry, { maxItems: 1_000 }), {
  unknownFields: 'refuse',
});

/**
 * Reads whom a host trusts: `[{"host": "till", "modules": ["payments"], "key": "…", "until": "…"}]`,
 * where `key` is an Ed25519 public key in base64url, and `host` and `until` may be left out.
 * Throws an `Error` that names what is wrong.
 */
export function parseTrustedKeys(text: string): readonly TrustedKey[] {
  const list = readJson(text);
  const [wrong] = entries.errors(list);
  if (wrong) throw new Error(`must be a list of keys: ${wrong.field || 'it'} ${wrong.message}`);
  const keys = (list as readonly Entry[]).map(trustedKey);
  const twice = keys.find(({ kid }, at) => keys.findIndex((one) => one.kid === kid) < at);
  if (twice) throw new Error(`must name each key once, and names ${twice.kid} twice`);
  return keys;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('must be JSON: a list of hosts with their modules and keys');
  }
}

function trustedKey({ host, modules, key, until }: Entry): TrustedKey {
  return {
    ...parsePublicKey(key),
    host,
    modules: new Set(modules),
    until: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
  };
}
