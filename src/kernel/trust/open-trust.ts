import type { SettingsOf } from '../config/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Trust } from '../ports/trust.ts';
import { StartError } from '../start-error.ts';
import { fixed, type Kept, keptFile } from './kept.ts';
import { openKeyFolder } from './key-folder.ts';
import { createKeyring } from './keyring.ts';
import { makeSigningKey, parseSigningKey, type SigningKey } from './service-keys.ts';
import { createTrust } from './trust.ts';
import type { Given, trustSettings } from './trust-settings.ts';
import { parseTrustedKeys, type TrustedKey } from './trusted-keys.ts';

/** Who this host is to others: its name in the topology, and the modules that it speaks for. */
type Self = {
  readonly host: string;
  readonly modules: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
};

export type TrustOptions = Self & {
  readonly settings: SettingsOf<typeof trustSettings>;
  /** Where the hosts of the topology run: by its addresses, all of them loopback for `one-machine`. */
  readonly spread: 'one-process' | 'one-machine' | 'many-machines';
  /** NODE_ENV=production */
  readonly production: boolean;
  /** Holds made-up keys: hosts that share it know each other. */
  readonly dataDir: string;
};

/**
 * Opens what proves this host to others and others to it: by SERVICE_KEY and SERVICE_TRUST, or by
 * keys made up in the data folder where nobody is elsewhere. Throws a `StartError` where keys are
 * needed and missing, or can't be read.
 */
export function openTrust(options: TrustOptions): Trust {
  const { host, modules, clock, log } = options;
  refuseUnnameable(host);
  const keyring = createKeyring({ host, modules, clock, ...keysOf(options) });
  return createTrust({ host, modules, keyring, clock, log });
}

/** Trusts itself alone, with a key that nobody else has and that ends with the process. */
export function openTrustInMemory({ host, modules, clock, log }: Self): Trust {
  const own = fixed(makeSigningKey());
  const keyring = createKeyring({ host, modules, clock, own, others: fixed([]) });
  return createTrust({ host, modules, keyring, clock, log });
}

type Keys = { readonly own: Kept<SigningKey>; readonly others: Kept<readonly TrustedKey[]> };

function keysOf({ settings, ...options }: TrustOptions): Keys {
  const { SERVICE_KEY: key, SERVICE_TRUST: trusted } = settings;
  const { log } = options;
  if (key && trusted) {
    return {
      own: keep('SERVICE_KEY', key, parseSigningKey, log),
      others: keep('SERVICE_TRUST', trusted, parseTrustedKeys, log),
    };
  }
  refuseMissing(options, key ? 'SERVICE_TRUST' : 'SERVICE_KEY', Boolean(key ?? trusted));
  const { own, others } = openKeyFolder(options.dataDir, options, log);
  return { own: fixed(own), others };
}

function keep<T>(
  setting: string,
  given: Given<T>,
  parse: (text: string) => T,
  log: Logger,
): Kept<T> {
  if ('value' in given) return fixed(given.value);
  try {
    return keptFile(given.file, parse, log);
  } catch (error) {
    const why = (error as Error).message;
    throw new StartError(`${setting} is to be read from ${given.file}, and can not be: ${why}.`);
  }
}

function refuseMissing(
  { host, spread, production }: Omit<TrustOptions, 'settings'>,
  missing: 'SERVICE_KEY' | 'SERVICE_TRUST',
  hasOther: boolean,
): void {
  if (hasOther) {
    const other = missing === 'SERVICE_KEY' ? 'SERVICE_TRUST' : 'SERVICE_KEY';
    throw new StartError(`${other} is set and ${missing} is not: ${howToTrust}`);
  }
  if (spread === 'one-process' || (spread === 'one-machine' && !production)) return;
  const why =
    spread === 'many-machines'
      ? 'the hosts of this topology run on more than one machine'
      : 'NODE_ENV=production, and the modules run in more than one host';
  throw new StartError(
    `${host} can not prove itself to the other hosts: ${why}, so keys are not made up. ${howToTrust}`,
  );
}

const howToTrust =
  'Set SERVICE_KEY to the key of this host (`openssl genpkey -algorithm ed25519`), and SERVICE_TRUST to the list of the hosts that it trusts, each with its modules and public key.';

/** The name becomes a file's, and stands in every token. */
function refuseUnnameable(host: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(host)) return;
  throw new StartError(
    `${JSON.stringify(host)} is no name for a host: use letters, digits, dots and dashes, for example orders-1.`,
  );
}
