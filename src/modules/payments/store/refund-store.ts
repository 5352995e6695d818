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
    insert into refunds (id, payment_id, amount, currency, status, created_at)
    values (${id}, ${paymentId}, ${amount.amount}, ${amount.currency}, ${status}, ${createdAt})`;
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
