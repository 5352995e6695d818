import type { Tx } from '#kernel/ports/tx';

export type OrderMoment = 'placed_at' | 'completed_at' | 'rejected_at' | 'closed_at';

export type Line = {
  readonly productId: string;
  readonly name: string;
  readonly units: number;
  readonly amount: number;
  readonly currency: string;
};

type OrderFact = {
  readonly orderId: string;
  readonly customer: string;
  readonly moment: OrderMoment;
  readonly at: number;
};

/** Notes when an order came to something. Noting it again notes the same. */
export async function noteOrder({ sql }: Tx, generation: number, fact: OrderFact): Promise<void> {
  const { orderId, customer, moment, at } = fact;
  // An order that is seen first at a later moment was placed no later than that.
  await sql`
    insert into order_facts (generation, order_id, customer, placed_at)
    values (${generation}, ${orderId}, ${customer}, ${at})
    on conflict (generation, order_id) do nothing`;
  await sql`
    update order_facts set
      placed_at = case when ${moment} = 'placed_at' then ${at} else placed_at end,
      completed_at = case when ${moment} = 'completed_at' then ${at} else completed_at end,
      rejected_at = case when ${moment} = 'rejected_at' then ${at} else rejected_at end,
      closed_at = case when ${moment} = 'closed_at' then ${at} else closed_at end
    where generation = ${generation} and order_id = ${orderId}`;
}

export async function noteLines(
  { sql }: Tx,
  generation: number,
  orderId: string,
  lines: readonly Line[],
): Promise<void> {
  for (const { productId, name, units, amount, currency } of lines) {
    await sql`
      insert into order_lines (generation, order_id, product_id, name, units, amount, currency)
      values (${generation}, ${orderId}, ${productId}, ${name}, ${units}, ${amount}, ${currency})
      on conflict (generation, order_id, product_id) do update set
        name = excluded.name, units = excluded.units, amount = excluded.amount`;
  }
}

type MoneyFact = {
  readonly id: string;
  readonly kind: 'charge' | 'refund';
  readonly at: number;
  readonly amount: number;
  readonly currency: string;
};

export async function noteMoney({ sql }: Tx, generation: number, fact: MoneyFact): Promise<void> {
  const { id, kind, at, amount, currency } = fact;
  await sql`
    insert into money_facts (generation, id, kind, at, amount, currency)
    values (${generation}, ${id}, ${kind}, ${at}, ${amount}, ${currency})
    on conflict (generation, id) do update set at = excluded.at, amount = excluded.amount`;
}

export async function noteCustomer(
  { sql }: Tx,
  generation: number,
  customer: string,
  at: number,
): Promise<void> {
  await sql`
    insert into customer_facts (generation, customer, registered_at)
    values (${generation}, ${customer}, ${at})
    on conflict (generation, customer) do update set registered_at = excluded.registered_at`;
}
