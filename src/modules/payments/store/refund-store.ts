import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { Refund } from '../contract.ts';

type Row = {
  id: string;
  payment_id: string;
  amount: number;
  currency: string;
  status: Refund['status'];
  created_at: string;
};

export async function findRefund({ sql }: Reader, id: string): Promise<Refund | undefined> {
  const [row] = await sql<Row>`select * from refunds where id = ${id}`;
  return row && toRefund(row);
}

/** All refunds of a payment, oldest first. */
export async function listRefunds({ sql }: Reader, paymentId: string): Promise<Refund[]> {
  const rows = await sql<Row>`
    select * from refunds where payment_id = ${paymentId} order by id`;
  return rows.map(toRefund);
}

/** The refunds of a charge that are still on their way, by id. */
export async function listPendingRefunds({ sql }: Reader, chargeId: string): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    select refunds.id from refunds join payments on payments.id = refunds.payment_id
    where payments.charge_id = ${chargeId} and refunds.status = 'pending' order by refunds.id`;
  return rows.map(({ id }) => id);
}

export async function insertRefund({ sql }: Tx, refund: Refund): Promise<void> {
  const { id, paymentId, amount, status, createdAt } = refund;
  await sql`
    insert into refunds (id, payment_id, amount, currency, status, sending, created_at)
    values (${id}, ${paymentId}, ${amount.amount}, ${amount.currency}, ${status}, ${false},
      ${createdAt})`;
}

/** False while another refund of the payment, which must be locked, may be on its way. */
export async function takeTurn(
  { sql }: Tx,
  { id, paymentId }: Pick<Refund, 'id' | 'paymentId'>,
): Promise<boolean> {
  const taken = await sql`
    update refunds set sending = ${true} where id = ${id} and not exists (
      select 1 from refunds as other where other.payment_id = ${paymentId} and other.id <> ${id}
        and other.status = 'pending' and coalesce(other.sending, ${true}))
    returning id`;
  return taken.length > 0;
}

/**
 * Whether a version that takes no turns has begun a refund of the payment beside this one: an earlier
 * one is waited for, and done before this one's turn.
 */
export async function hasTurnless(
  { sql }: Reader,
  { refundId, paymentId }: { readonly refundId: string; readonly paymentId: string },
): Promise<boolean> {
  const rows = await sql`
    select id from refunds where payment_id = ${paymentId} and sending is null
      and (status = 'pending' or id > ${refundId}) limit 1`;
  return rows.length > 0;
}

/** The refund of a payment that has waited longest for its turn, by id. */
export async function findWaiting({ sql }: Reader, paymentId: string): Promise<string | undefined> {
  const [row] = await sql<{ id: string }>`
    select id from refunds where payment_id = ${paymentId} and status = 'pending'
    order by id limit 1`;
  return row?.id;
}

/** False when the refund was done before. */
export async function markRefundDone({ sql }: Tx, id: string): Promise<boolean> {
  const marked = await sql`
    update refunds set status = 'succeeded' where id = ${id} and status = 'pending' returning id`;
  return marked.length > 0;
}

function toRefund(row: Row): Refund {
  return {
    id: row.id,
    paymentId: row.payment_id,
    amount: { amount: row.amount, currency: row.currency },
    status: row.status,
    createdAt: row.created_at,
  };
}
