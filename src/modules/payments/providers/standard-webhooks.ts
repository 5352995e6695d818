import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

import type { Clock } from '#kernel/ports/clock';

import type { SignedText } from './webhooks.ts';

/** How far a webhook's time may be from ours, either way: Standard Webhooks' own libraries use 5 min. */
const toleranceMs = 5 * 60_000;

/** No full stop: it separates what is signed, so that no part can be taken for another. */
const idPattern = /^[\x21-\x2d\x2f-\x7e]{1,255}$/;
const secondsPattern = /^[1-9]\d{0,11}$/;

/**
 * Checks signatures as Standard Webhooks 1.0.0 says (HMAC-SHA256 over `id.timestamp.body`), in
 * constant time, with any of the keys. Time comes from the clock port, which the package knows not.
 */
export function standardSignatures(keys: readonly Uint8Array[], clock: Clock) {
  const signers = keys.map((key) => new Webhook(key, { format: 'raw' }));
  return ({ id = '', timestamp = '', signature = '', body }: SignedText): boolean => {
    if (!idPattern.test(id) || !secondsPattern.test(timestamp)) return false;
    const sentAt = Number(timestamp) * 1000;
    if (Math.abs(clock.now() - sentAt) > toleranceMs) return false;
    const given = signature.split(' ').map((one) => Buffer.from(one));
    const expected = signers.map((by) => Buffer.from(by.sign(id, new Date(sentAt), body)));
    return given.some((one) => expected.some((right) => isSame(one, right)));
  };
}

/** The length of a signature is no secret; what it says is. */
function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
