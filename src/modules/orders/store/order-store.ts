import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { OrderState } from '../domain/order.ts';

type Row = {
  id: string;
  user_id: string;
  status: OrderState['status'];
  reason: OrderState['reason'];
  closing: OrderState['closing'];
  items: string;
  total: number;
  currency: string;
  payment_id: string | null;
  decline_code: string | null;
  changes: string;
  created_at: string;
  updated_at: string;
};

export async function findOrder({ sql }: Reader, id: string): Promise<OrderState | undefined> {
  const [row] = await sql<Row>`select * from orders where id = ${id}`;
  return row && toOrder(row);
}

/** Holds the order until the transaction ends. */
export async function lockOrder({ sql }: Tx, id: string): Promise<OrderState | undefined> {
  const [row] = await sql<Row>`select * from orders where id = ${id} ${sql.forUpdate}`;
  return row && toOrder(row);
}

export async function insertOrder({ sql }: Tx, order: OrderState): Promise<void> {
  const { id, userId, status, items, total, changes, createdAt, updatedAt } = order;
  await sql`
    insert into orders (id, user_id, status, items, total, currency, changes, created_at, updated_at)
    values (${id}, ${userId}, ${status}, ${JSON.stringify(items)}, ${total.amount},
      ${total.currency}, ${JSON.stringify(changes)}, ${createdAt}, ${updatedAt})`;
}

export async function saveOrder({ sql }: Tx, order: OrderState): Promise<void> {
  const { id, status, reason, closing, paymentId, declineCode, changes, updatedAt } = order;
  await sql`
    update orders set status = ${status}, reason = ${reason}, closing = ${closing},
      payment_id = ${paymentId}, decline_code = ${declineCode},
      changes = ${JSON.stringify(changes)}, updated_at = ${updatedAt}
    where id = ${id}`;
}

export async function countPending({ sql }: Tx, userId: string): Promise<number> {
  const [row] = await sql<{ pending: number }>`
    select count(*) as pending from orders where user_id = ${userId} and status = 'pending'`;
  return Number(row?.pending ?? 0);
}

/** Sorts after every UUID: before it are all orders. */
export const afterAllIds = 'g';

/** The newest orders older than `before`, at most `limit`: ids rise with time. */
export async function listOrdersOf(
  { sql }: Reader,
  { userId, before, limit }: { userId: string | undefined; before: string; limit: number },
): Promise<OrderState[]> {
  const rows =
    userId === undefined
      ? await sql<Row>`select * from orders where id < ${before} order by id desc limit ${limit}`
      : await sql<Row>`
          select * from orders where user_id = ${userId} and id < ${before}
          order by id desc limit ${limit}`;
  return rows.map(toOrder);
}

function toOrder(row: Row): OrderState {
  return {
    id: row.id,
    userId: row.user_id,
    status: row.status,
    reason: row.reason,
    closing: row.closing,
    items: JSON.parse(row.items),
    total: { amount: row.total, currency: row.currency },
    paymentId: row.payment_id,
    declineCode: row.decline_code,
    changes: JSON.parse(row.changes),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
