import * as argon2 from '@node-rs/argon2';

import type { Passwords } from '../application/passwords.ts';
import { users } from '../contract.ts';
import { type HashCost, hashCost, judgeHash, normalisePassword } from '../domain/password-hash.ts';
import { createBoundedPool } from './bounded-pool.ts';

export type Argon2 = Pick<typeof argon2, 'hash' | 'verify'>;

/** Half of libuv's four threads, so that files and names are still served while people log in. */
const running = 2;

/** About 40 ms each, two at a time: who comes last waits about two seconds. */
const waiting = 100;

const options = {
  memoryCost: hashCost.memoryKiB,
  timeCost: hashCost.passes,
  parallelism: hashCost.lanes,
};

/** The hash of a password that nobody has: 16 zero bytes of salt, an output that no password gives. */
const nobody = `$argon2id$v=19$m=${options.memoryCost},t=${options.timeCost},p=${options.parallelism}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`;

/**
 * argon2id on libuv's threads: never on the event loop, and never more than a few at once. Every
 * comparison verifies exactly one hash, so that time does not tell what was found.
 */
export function argon2Passwords({ hash, verify }: Argon2 = argon2): Passwords {
  const pool = createBoundedPool({ running, waiting }, () =>
    users.errors.tooManyLogins({ retryAfter: 2 }),
  );
  return {
    hash: (password, signal) => pool.run(signal, () => hash(normalisePassword(password), options)),

    compare: (stored, password, signal) =>
      pool.run(signal, async () => {
        const strength = stored === undefined ? 'excessive' : strengthOf(stored);
        const against = stored === undefined || strength === 'excessive' ? nobody : stored;
        const isRight = await verify(against, normalisePassword(password));
        if (against === nobody || !isRight) return 'wrong';
        return strength === 'weak' ? 'weak' : 'right';
      }),
  };
}

/** A hash that can't be read is as unusable as one that must not be computed. */
function strengthOf(stored: string): ReturnType<typeof judgeHash> {
  const cost = costOf(stored);
  return cost === undefined ? 'excessive' : judgeHash(cost);
}

function costOf(stored: string): HashCost | undefined {
  try {
    const {
      memoryCost: memoryKiB,
      timeCost: passes,
      parallelism: lanes,
    } = argon2.parseOptions(stored);
    return { memoryKiB, passes, lanes, isArgon2id: stored.startsWith('$argon2id$v=19$') };
  } catch {
    // The library has one error for all that is no argon2 hash.
    return undefined;
  }
}
