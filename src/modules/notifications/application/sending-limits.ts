import type { Tx } from '#kernel/ports/tx';

import { idsFrom } from '../domain/page-place.ts';
import { countMails, countSms } from '../store/mail-store.ts';
import { lockPreferences } from '../store/preference-store.ts';
import type { Recipient } from './find-recipient.ts';

/**
 * Text messages of an hour, for a customer and for a number. Each costs the shop money and a number is
 * nobody's proof: who places orders that fail must not ring others up, nor numbers that pay them.
 */
const mostSms = 20;

/**
 * Mails of an hour, of every kind, to an address that nobody has confirmed: it may be somebody else's,
 * who must not be buried under the mails of orders that are not theirs.
 */
const mostUnconfirmedMails = 10;

const hourMs = 3_600_000;

/** Whether a telephone has rung so often within the hour that it is to ring no more. */
export async function hasRungOften(tx: Tx, userId: string, to: string): Promise<boolean> {
  await lockPreferences(tx, userId);
  return (await countSms(tx, { userId, to }, idsFrom(tx.now - hourMs))) >= mostSms;
}

/**
 * Why no further mail of an order goes to a customer's address within the hour, or undefined. A version
 * of users that does not tell whether the address is confirmed is trusted. Orders of a customer who never
 * chose a way are not counted one by one: those that end at the same moment may pass together.
 */
export async function whyNotWritten(
  tx: Tx,
  { id, email, emailVerified = true }: Recipient,
): Promise<string | undefined> {
  if (emailVerified) return undefined;
  await lockPreferences(tx, id);
  const from = idsFrom(tx.now - hourMs);
  if ((await countMails(tx, email, from, mostUnconfirmedMails)) < mostUnconfirmedMails) {
    return undefined;
  }
  return `Not sent: nobody has confirmed the address, which got ${mostUnconfirmedMails} mails within an hour.`;
}
