import type { Tx } from '#kernel/ports/tx';
import { databaseClock } from '#kernel/stores/sql-words';

import type { Claim, Reservation } from '../domain/reservation.ts';

type Row = { order_id: string; state: Reservation['state']; units: string; expires_at: number };

/**
 * Begins a reservation of `ttlMs`. Undefined when the order has one already, or a tombstone: the order
 * is the primary key.
 */
export async function insertReservation(
  { sql, now }: Tx,
  claim: Claim,
  ttlMs: number,
): Promise<Reservation | undefined> {
  const { orderId, state, units } = claim;
  const [inserted] = await sql<Pick<Row, 'expires_at'>>`
    insert into reservations (order_id, state, units, expires_at, changed_at)
    values (${orderId}, ${state}, ${toJson(units)},
      ${databaseClock(sql)} + cast(${ttlMs} as bigint), ${now})
    on conflict (order_id) do nothing returning expires_at`;
  return inserted && { ...claim, expiresAt: inserted.expires_at };
}

/** Holds the reservation until the transaction ends. Taken before stock, by everybody. */
export async function lockReservation(
  { sql }: Tx,
  orderId: string,
): Promise<Reservation | undefined> {
  const [row] = await sql<Row>`
    select order_id, state, units, expires_at from reservations
    where order_id = ${orderId} ${sql.forUpdate}`;
  return row && toReservation(row);
}

/** Holds reservations whose time is up, the oldest first; those that others hold are not waited for. */
export async function lockLateReservations(
  { sql }: Tx,
  limit: number,
): Promise<readonly Reservation[]> {
  const rows = await sql<Row>`
    select order_id, state, units, expires_at from reservations
    where state = 'held' and expires_at <= ${databaseClock(sql)}
    order by expires_at limit ${limit} ${sql.skipLocked}`;
  return rows.map(toReservation);
}

/** Saves its state and its units; its time goes on as it does. */
export async function saveReservation(
  { sql, now }: Tx,
  { orderId, state, units }: Claim,
): Promise<void> {
  await sql`
    update reservations set state = ${state}, units = ${toJson(units)}, changed_at = ${now}
    where order_id = ${orderId}`;
}

/** As `saveReservation`, and it lasts `ttlMs` from now on. It must be there, and locked. */
export async function renewReservation(
  { sql, now }: Tx,
  claim: Claim,
  ttlMs: number,
): Promise<Reservation> {
  const { orderId, state, units } = claim;
  const [renewed] = await sql<Pick<Row, 'expires_at'>>`
    update reservations set state = ${state}, units = ${toJson(units)}, changed_at = ${now},
      expires_at = ${databaseClock(sql)} + cast(${ttlMs} as bigint)
    where order_id = ${orderId} returning expires_at`;
  if (!renewed) throw new Error(`The order ${orderId} has no reservation to renew.`);
  return { ...claim, expiresAt: renewed.expires_at };
}

/** Forgets reservations that ended before `endedBefore`, at most `limit`. Answers how many. */
export async function deleteEndedReservations(
  { sql }: Tx,
  endedBefore: number,
  limit: number,
): Promise<number> {
  const deleted = await sql`
    delete from reservations where order_id in (
      select order_id from reservations
      where state in ('expired', 'closed') and changed_at < ${endedBefore}
      limit ${limit} ${sql.skipLocked})
    returning order_id`;
  return deleted.length;
}

function toReservation({ order_id, state, units, expires_at }: Row): Reservation {
  return {
    orderId: order_id,
    state,
    units: new Map(Object.entries(JSON.parse(units) as Record<string, number>)),
    expiresAt: expires_at,
  };
}

function toJson(units: Reservation['units']): string {
  return JSON.stringify(Object.fromEntries(units));
}
