import type { Tx } from '#kernel/ports/tx';

type Again = 'again' | undefined;

/** Removes rows of a generation, at most `limit` of each table. */
export async function forgetGeneration(
  { sql }: Tx,
  generation: number,
  limit: number,
): Promise<Again> {
  const gone = [
    await sql`
      delete from order_facts where generation = ${generation} and order_id in (
        select order_id from order_facts where generation = ${generation} limit ${limit})
      returning order_id`,
    await sql`
      delete from order_lines where generation = ${generation} and order_id in (
        select order_id from order_lines where generation = ${generation} limit ${limit})
      returning order_id`,
    await sql`
      delete from money_facts where generation = ${generation} and id in (
        select id from money_facts where generation = ${generation} limit ${limit})
      returning id`,
    await sql`
      delete from customer_facts where generation = ${generation} and customer in (
        select customer from customer_facts where generation = ${generation} limit ${limit})
      returning customer`,
  ];
  return gone.some((rows) => rows.length >= limit) ? 'again' : undefined;
}

/** Copies rows that a new generation lacks yet, at most `limit` of each table. */
export async function carryGeneration(
  { sql }: Tx,
  from: number,
  to: number,
  limit: number,
): Promise<Again> {
  const carried = [
    await sql`
      insert into order_facts (generation, order_id, customer, placed_at, completed_at, rejected_at, closed_at)
      select ${to}, order_id, customer, placed_at, completed_at, rejected_at, closed_at
      from order_facts where generation = ${from} and order_id not in (
        select order_id from order_facts where generation = ${to})
      limit ${limit} returning order_id`,
    await sql`
      insert into order_lines (generation, order_id, product_id, name, units, amount, currency)
      select ${to}, order_id, product_id, name, units, amount, currency
      from order_lines where generation = ${from} and (order_id, product_id) not in (
        select order_id, product_id from order_lines where generation = ${to})
      limit ${limit} returning order_id`,
    await sql`
      insert into money_facts (generation, id, kind, at, amount, currency)
      select ${to}, id, kind, at, amount, currency
      from money_facts where generation = ${from} and id not in (
        select id from money_facts where generation = ${to})
      limit ${limit} returning id`,
    await sql`
      insert into customer_facts (generation, customer, registered_at)
      select ${to}, customer, registered_at
      from customer_facts where generation = ${from} and customer not in (
        select customer from customer_facts where generation = ${to})
      limit ${limit} returning customer`,
  ];
  return carried.some((rows) => rows.length >= limit) ? 'again' : undefined;
}
