import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { PaymentState } from '../domain/payment.ts';

type Row = {
  id: string;
  order_id: string;
  user_id: string | null;
  amount: number | null;
  currency: string | null;
  refunded: number;
  refunding: number;
  status: PaymentState['status'];
  decline_code: string | null;
  charge_id: string | null;
  cancel_requested: boolean | number;
  told: string | null;
  created_at: string;
};

/** The payment of an order was cancelled before it began, and never may. */
export type Tombstone = 'tombstone';

export async function findPayment({ sql }: Reader, id: string): Promise<PaymentState | undefined> {
  const [row] = await sql<Row>`select * from payments where id = ${id} and amount is not null`;
  return row && toPayment(row);
}

/** Holds the payment until the transaction ends. */
export async function lockPayment({ sql }: Tx, id: string): Promise<PaymentState | undefined> {
  const [row] = await sql<Row>`
    select * from payments where id = ${id} and amount is not null ${sql.forUpdate}`;
  return row && toPayment(row);
}

export async function lockPaymentOf(
  { sql }: Tx,
  orderId: string,
): Promise<PaymentState | Tombstone | undefined> {
  const [row] = await sql<Row>`select * from payments where order_id = ${orderId} ${sql.forUpdate}`;
  if (!row) return undefined;
  return row.amount === null ? 'tombstone' : toPayment(row);
}

/** At most `limit` payments of a customer, after the one with the id `after`. */
export async function listPayments(
  { sql }: Reader,
  userId: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<PaymentState[]> {
  const rows = await sql<Row>`
    select * from payments where user_id = ${userId} and id > ${after} order by id limit ${limit}`;
  return rows.map(toPayment);
}

/** The payments of a customer that have no outcome yet, by id. */
export async function listPendingIds({ sql }: Reader, userId: string): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    select id from payments where user_id = ${userId} and status = 'pending' order by id`;
  return rows.map(({ id }) => id);
}

/** False when the order has a payment or a tombstone already: the order's id is unique. */
export async function insertPayment({ sql }: Tx, payment: PaymentState): Promise<boolean> {
  const { id, orderId, userId, amount, status, createdAt } = payment;
  const inserted = await sql`
    insert into payments (id, order_id, user_id, amount, currency, refunded, refunding, status,
      cancel_requested, created_at)
    values (${id}, ${orderId}, ${userId}, ${amount.amount}, ${amount.currency}, 0, 0, ${status},
      ${false}, ${createdAt})
    on conflict (order_id) do nothing returning id`;
  return inserted.length > 0;
}

/** False when the order has a payment or a tombstone already. */
export async function insertTombstone(tx: Tx, orderId: string): Promise<boolean> {
  const inserted = await tx.sql`
    insert into payments (id, order_id, refunded, refunding, status, cancel_requested, created_at)
    values (${tx.newId()}, ${orderId}, 0, 0, 'cancelled', ${true}, ${tx.nowIso})
    on conflict (order_id) do nothing returning id`;
  return inserted.length > 0;
}

export async function savePayment({ sql }: Tx, payment: PaymentState): Promise<void> {
  const {
    id,
    refunded,
    refunding,
    status,
    declineCode = null,
    chargeId,
    cancelRequested,
    told,
  } = payment;
  await sql`
    update payments set refunded = ${refunded.amount}, refunding = ${refunding.amount},
      status = ${status}, decline_code = ${declineCode}, charge_id = ${chargeId},
      cancel_requested = ${cancelRequested}, told = ${told && JSON.stringify(told)}
    where id = ${id}`;
}

function toPayment(row: Row): PaymentState {
  const currency = row.currency ?? '';
  return {
    id: row.id,
    orderId: row.order_id,
    userId: row.user_id ?? '',
    amount: { amount: row.amount ?? 0, currency },
    refunded: { amount: row.refunded, currency },
    refunding: { amount: row.refunding, currency },
    status: row.status,
    ...(row.decline_code === null ? {} : { declineCode: row.decline_code }),
    chargeId: row.charge_id,
    cancelRequested: Boolean(row.cancel_requested),
    told: row.told === null ? null : JSON.parse(row.told),
    createdAt: row.created_at,
  };
}
