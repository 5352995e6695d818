import { createLogger } from '#kernel/log';
import type { Trust } from '#kernel/ports/trust';
import { systemClock } from '#kernel/system-clock';
import { createKeyring } from '#kernel/trust/keyring';
import { makeSigningKey, parseSigningKey } from '#kernel/trust/service-keys';
import { createTrust } from '#kernel/trust/trust';

export type Seals = Pick<Trust, 'seal' | 'unseal'>;

/**
 * What a host with a key of its own seals and unseals; it trusts nobody but its own instances. `seed`
 * is the key as SERVICE_KEY has it; a new one without.
 */
export function createSeals(
  modules: readonly string[] = ['teller', 'herald', 'listener'],
  seed?: string,
): Seals {
  const key = seed ? parseSigningKey(seed) : makeSigningKey();
  return createTrust({
    host: 'test',
    modules,
    keyring: createKeyring({
      host: 'test',
      modules,
      own: { current: () => key, look: () => false },
      others: { current: () => [], look: () => false },
      clock: systemClock,
    }),
    clock: systemClock,
    log: createLogger('silent'),
  });
}
