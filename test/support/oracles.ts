import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Customer } from './customer.ts';

/** A line of the sandbox provider's books that moves money: a charge, or what went back. */
type LedgerLine = {
  readonly kind: 'charge' | 'refund';
  readonly id: string;
  readonly key: string;
  readonly amount: number;
  readonly reference: string;
  readonly status: 'succeeded' | 'declined';
  readonly chargeId: string;
};

/**
 * What the sandbox provider's own books say it keeps: minor units by reference (the payment's id),
 * charges less refunds. It is a witness outside the shop: neither its tables nor its code are asked.
 */
export async function moneyAtProvider(dataDir: string): Promise<ReadonlyMap<string, number>> {
  const lines = await ledgerLines(join(dataDir, 'payments', 'sandbox-provider.jsonl'));
  const referenceOf = new Map<string, string>();
  const kept = new Map<string, number>();
  for (const line of lines) {
    const isCharge = line.kind === 'charge';
    if (isCharge && line.status === 'declined') continue;
    if (isCharge) referenceOf.set(line.id, line.reference);
    const reference = isCharge ? line.reference : (referenceOf.get(line.chargeId) ?? '');
    kept.set(reference, (kept.get(reference) ?? 0) + (isCharge ? line.amount : -line.amount));
  }
  return kept;
}

/** The lines that count: the first of each key. A crash may leave half a line anywhere. */
async function ledgerLines(file: string): Promise<LedgerLine[]> {
  const first = new Map<string, LedgerLine>();
  for (const text of (await readFile(file, 'utf8')).split('\n')) {
    const line = parsed(text);
    if (line?.kind !== 'charge' && line?.kind !== 'refund') continue;
    const key = `${line.kind} ${line.key}`;
    if (!first.has(key)) first.set(key, line);
  }
  return [...first.values()];
}

function parsed(text: string): LedgerLine | undefined {
  try {
    return JSON.parse(text) as LedgerLine;
  } catch {
    return undefined;
  }
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
