import { join } from 'node:path';

import { readLedger } from '../../src/modules/payments/providers/sandbox-ledger.ts';
import type { Customer } from './customer.ts';

/**
 * What the sandbox provider's own books say it keeps: minor units by reference (the payment's id),
 * charges less refunds. It is a witness outside the shop: none of the shop's tables is asked.
 */
export async function moneyAtProvider(dataDir: string): Promise<ReadonlyMap<string, number>> {
  const { charges, refunds } = await readLedger(join(dataDir, 'payments'));
  const referenceOf = new Map(charges.map(({ id, reference }) => [id, reference]));
  const kept = new Map<string, number>();
  const add = (reference: string, amount: number) =>
    kept.set(reference, (kept.get(reference) ?? 0) + amount);
  for (const { reference, amount, status } of charges) {
    if (status === 'succeeded') add(reference, amount);
  }
  for (const { chargeId, amount } of refunds) add(referenceOf.get(chargeId) ?? chargeId, -amount);
  return kept;
}

export type MailSeen = {
  readonly id: string;
  readonly userId: string;
  readonly template: string;
  readonly messageId: string;
};

/** Every mail that the shop has written, as its mailbox shows them. */
export async function mailbox(admin: Customer): Promise<readonly MailSeen[]> {
  return await everyPage<MailSeen>(admin, '/api/mailbox');
}

/** All items of a list, page by page. Throws what the shop answered instead of a page. */
export async function everyPage<Item>(customer: Customer, path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const at: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await customer.ask(`GET ${path}?limit=100${at}`);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return items;
}
