import type { Clock } from '../ports/clock.ts';
import type { Kept } from './kept.ts';
import type { SigningKey } from './service-keys.ts';
import type { TrustedKey } from './trusted-keys.ts';

/** The key that a host signs with, and those that it verifies by, as they are now. */
export type Keyring = {
  own(): SigningKey;
  /** Looks anew where keys lie before it says that there is none of that name. */
  find(kid: string): TrustedKey | undefined;
  /** Another number whenever keys have come or gone. Found out within `lookEveryMs`. */
  revision(): number;
  /** Looks where keys lie; true when they have changed. */
  look(): boolean;
};

/** How late a key that was taken back is noticed, at most; a new one is found at once. */
const lookEveryMs = 1_000;

type Parts = {
  readonly host: string;
  readonly modules: readonly string[];
  readonly own: Kept<SigningKey>;
  readonly others: Kept<readonly TrustedKey[]>;
  readonly clock: Clock;
};

export function createKeyring({ host, modules, own, others, clock }: Parts): Keyring {
  let revision = 0;
  let lookedAt = clock.now();
  let byKid = index();
  return {
    own: own.current,
    find(kid) {
      if (!byKid.has(kid)) look();
      return byKid.get(kid);
    },
    revision() {
      // A clock that was put back must not make us blind until it has caught up.
      if (Math.abs(clock.now() - lookedAt) >= lookEveryMs) look();
      return revision;
    },
    look,
  };

  function look(): boolean {
    lookedAt = clock.now();
    const changed = [own.look(), others.look()].includes(true);
    if (!changed) return false;
    revision += 1;
    byKid = index();
    return true;
  }

  /** A host trusts itself: another instance of it signs with the same key. */
  function index(): ReadonlyMap<string, TrustedKey> {
    const { kid, publicKey } = own.current();
    const until = Number.POSITIVE_INFINITY;
    const self = { kid, publicKey, host, modules: new Set(modules), until };
    return new Map([...others.current(), self].map((key) => [key.kid, key]));
  }
}
