import type { Tx } from '#kernel/ports/tx';

import type { Reservation } from '../domain/reservation.ts';

type Row = { order_id: string; state: Reservation['state']; units: string; expires_at: number };

/** False when the order has a reservation already, or a tombstone: the order is the primary key. */
export async function insertReservation(tx: Tx, reservation: Reservation): Promise<boolean> {
  const { orderId, state, units, expiresAt } = reservation;
  const inserted = await tx.sql`
    insert into reservations (order_id, state, units, expires_at, changed_at)
    values (${orderId}, ${state}, ${toJson(units)}, ${expiresAt}, ${tx.now})
    on conflict (order_id) do nothing returning order_id`;
  return inserted.length > 0;
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
  { sql, now }: Tx,
  limit: number,
): Promise<readonly Reservation[]> {
  const rows = await sql<Row>`
    select order_id, state, units, expires_at from reservations
    where state = 'held' and expires_at <= ${now}
    order by expires_at limit ${limit} ${sql.skipLocked}`;
  return rows.map(toReservation);
}

export async function saveReservation(tx: Tx, reservation: Reservation): Promise<void> {
  const { orderId, state, units, expiresAt } = reservation;
  await tx.sql`
    update reservations set state = ${state}, units = ${toJson(units)}, expires_at = ${expiresAt},
      changed_at = ${tx.now}
    where order_id = ${orderId}`;
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
