import { accessTokens } from '../contract.ts';

const hourMs = 3_600_000;

/** A new key every 30 days. */
const rotationMs = 30 * 24 * hourMs;

/** A key is published this long before it signs, so that no verifier meets it unprepared. */
const announceMs = hourMs;

/** How wrong the clocks of several instances may be, before one signs with what another has removed. */
const slackMs = hourMs;

/** When a signing key was made, and from when on it signs; milliseconds since the epoch. */
export type KeyTimes = {
  readonly generation: number;
  readonly createdAt: number;
  readonly signsFrom: number;
};

/** The key to make now, or undefined while the newest one is young enough. */
export function nextKey(keys: readonly KeyTimes[], now: number): KeyTimes | undefined {
  const newest = byGeneration(keys).at(-1);
  if (!newest) return { generation: 1, createdAt: now, signsFrom: now };
  if (now < newest.createdAt + rotationMs) return undefined;
  return { generation: newest.generation + 1, createdAt: now, signsFrom: now + announceMs };
}

/** The newest key that signs by now; the oldest where a clock has gone back before all of them. */
export function signingKey<Key extends KeyTimes>(
  keys: readonly Key[],
  now: number,
): Key | undefined {
  const ordered = byGeneration(keys);
  return ordered.findLast(({ signsFrom }) => signsFrom <= now) ?? ordered[0];
}

/** Keys that no valid token can carry any more: their successor has signed for a token's life. */
export function retiredKeys<Key extends KeyTimes>(keys: readonly Key[], now: number): Key[] {
  const ordered = byGeneration(keys);
  return ordered.filter((_key, index) => {
    const successor = ordered[index + 1];
    const lifetimeMs = accessTokens.lifetimeSeconds * 1000;
    return successor !== undefined && now > successor.signsFrom + lifetimeMs + slackMs;
  });
}

function byGeneration<Key extends KeyTimes>(keys: readonly Key[]): Key[] {
  return [...keys].sort((a, b) => a.generation - b.generation);
}
