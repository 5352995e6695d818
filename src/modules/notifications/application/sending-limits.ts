import { digest } from '#kernel/digest';
import type { Tx } from '#kernel/ports/tx';

import type { Template } from '../contract.ts';
import { holdsCode } from '../domain/letters.ts';
import { countSending } from '../store/sending-store.ts';

/**
 * Text messages of an hour, for a customer and for a number. Each costs the shop money and a number is
 * nobody's proof: who places orders that fail must not ring others up, nor numbers that pay them.
 */
const mostSms = 20;

/**
 * Mails of an hour to an address that nobody has confirmed: it may be somebody else's, who must not be
 * buried under what is done in their name. Letters with a code are counted for themselves, so that its
 * owner can step in whatever else is done.
 */
const mostUnconfirmed = 10;

/** Whether a telephone rings so often that what there is to tell comes by mail. */
export async function ringsTooOften(tx: Tx, userId: string, to: string): Promise<boolean> {
  if ((await countSending(tx, digest(`sms to ${to}`))) > mostSms) return true;
  return (await countSending(tx, digest(`sms of ${userId}`))) > mostSms;
}

/** Why one more mail to an unconfirmed address is not sent, or undefined where it is. */
export async function whyNotSent(
  tx: Tx,
  to: string,
  template: Template,
): Promise<string | undefined> {
  const kind = holdsCode(template) ? 'code' : 'mail';
  if ((await countSending(tx, digest(`${kind} to ${to}`))) <= mostUnconfirmed) return undefined;
  return 'Not sent: nobody has confirmed the address, and there were too many mails to it in an hour.';
}
