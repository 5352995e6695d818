import type { Reader } from '#kernel/ports/store';

/** Of a generation, from one instant to another that is not included. */
export type Span = { readonly generation: number; readonly from: number; readonly to: number };

/**
 * Milliseconds by which facts are added up here; reports add these up to their intervals. Every zone's
 * clock differs from UTC by a multiple of it, so that no interval begins within one.
 */
const slotMs = 15 * 60_000;

/** `slot` is the beginning of fifteen minutes, in milliseconds. */
type Slotted<Row> = readonly (Row & { readonly slot: number })[];

/** Completed orders. All lines of an order have one currency, and so has the order. */
export async function ordersBySlot(
  { sql }: Reader,
  { generation, from, to }: Span,
): Promise<Slotted<{ currency: string; orders: number }>> {
  const rows = await sql<{ slot: number; currency: string; orders: number }>`
    select fact.completed_at / 900000 as slot,
      coalesce((select max(line.currency) from order_lines line
        where line.generation = fact.generation and line.order_id = fact.order_id), '') as currency,
      count(*) as orders
    from order_facts fact
    where fact.generation = ${generation} and fact.completed_at >= ${from}
      and fact.completed_at < ${to}
    group by 1, 2`;
  return rows.map(({ slot, currency, orders }) => {
    return { slot: Number(slot) * slotMs, currency, orders: Number(orders) };
  });
}

type Money = { currency: string; gross: number; refunds: number };

export async function moneyBySlot(
  { sql }: Reader,
  { generation, from, to }: Span,
): Promise<Slotted<Money>> {
  const rows = await sql<Money & { slot: number }>`
    select at / 900000 as slot, currency,
      sum(case when kind = 'charge' then amount else 0 end) as gross,
      sum(case when kind = 'refund' then amount else 0 end) as refunds
    from money_facts where generation = ${generation} and at >= ${from} and at < ${to}
    group by 1, 2`;
  return rows.map(({ slot, currency, gross, refunds }) => {
    return {
      slot: Number(slot) * slotMs,
      currency,
      gross: Number(gross),
      refunds: Number(refunds),
    };
  });
}

export type TopProduct = {
  readonly productId: string;
  readonly name: string;
  readonly currency: string;
  readonly orders: number;
  readonly units: number;
  readonly amount: number;
};

export async function topProducts(
  { sql }: Reader,
  { generation, from, to }: Span,
  limit: number,
): Promise<readonly TopProduct[]> {
  const rows = await sql<TopProduct & { product_id: string }>`
    select line.product_id, max(line.name) as name, line.currency, count(*) as orders,
      sum(line.units) as units, sum(line.amount) as amount
    from order_facts fact
    join order_lines line on line.generation = fact.generation and line.order_id = fact.order_id
    where fact.generation = ${generation} and fact.completed_at >= ${from}
      and fact.completed_at < ${to}
    group by line.product_id, line.currency
    order by units desc, amount desc, line.product_id limit ${limit}`;
  return rows.map(({ product_id, name, currency, orders, units, amount }) => {
    const counts = { orders: Number(orders), units: Number(units), amount: Number(amount) };
    return { productId: product_id, name, currency, ...counts };
  });
}

/** Visits by the furthest thing that was done in them, and orders. */
export async function funnelOf({ sql }: Reader, { generation, from, to }: Span) {
  const [visits] = await sql<Record<'sessions' | 'viewed' | 'carted' | 'checkout', number>>`
    select count(distinct session_id) as sessions,
      count(distinct case when name = 'product_viewed' then session_id end) as viewed,
      count(distinct case when name = 'cart_updated' then session_id end) as carted,
      count(distinct case when name = 'checkout_started' then session_id end) as checkout
    from visits where at >= ${from} and at < ${to}`;
  const [orders] = await sql<{ placed: number; completed: number }>`
    select count(*) as placed, count(completed_at) as completed from order_facts
    where generation = ${generation} and placed_at >= ${from} and placed_at < ${to}`;
  return { ...visits, ...orders };
}

export async function signUpsBySlot(
  { sql }: Reader,
  { generation, from, to }: Span,
): Promise<Slotted<{ registered: number }>> {
  const rows = await sql<{ slot: number; registered: number }>`
    select registered_at / 900000 as slot, count(*) as registered from customer_facts
    where generation = ${generation} and registered_at >= ${from} and registered_at < ${to}
    group by 1`;
  return rows.map(({ slot, registered }) => {
    return { slot: Number(slot) * slotMs, registered: Number(registered) };
  });
}

/** Who bought in a slot, and when they bought for the first time. */
export async function buyersBySlot(
  { sql }: Reader,
  { generation, from, to }: Span,
): Promise<Slotted<{ customer: string; firstAt: number }>> {
  const rows = await sql<{ slot: number; customer: string; first_at: number }>`
    select fact.completed_at / 900000 as slot, fact.customer, min(first.first_at) as first_at
    from order_facts fact
    join (
      select customer, min(completed_at) as first_at from order_facts
      where generation = ${generation} and completed_at is not null group by customer
    ) first on first.customer = fact.customer
    where fact.generation = ${generation} and fact.completed_at >= ${from}
      and fact.completed_at < ${to}
    group by 1, 2`;
  return rows.map(({ slot, customer, first_at }) => {
    return { slot: Number(slot) * slotMs, customer, firstAt: Number(first_at) };
  });
}
