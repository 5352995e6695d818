import { randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';
import { join } from 'node:path';

import { ledgerTables, TwinDatabase } from './twin-database.ts';

/** The files of the order twin, and what it does again and again to them, with hand-written SQL. */
const folder = process.argv[3] ?? '.';
const file = (name: string, ...tables: string[]) =>
  new TwinDatabase(join(folder, `${name}.sqlite`), [...ledgerTables, ...tables]);

export const catalog = file(
  'catalog',
  'create table products (id text primary key, name text, price integer)',
);
export const orders = file(
  'orders',
  'create table orders (id text primary key, user_id text, status text, items text, total integer, payment_id text, changes text, created_at text)',
);
export const inventory = file(
  'inventory',
  'create table stock (product_id text primary key, on_hand integer check (on_hand >= 0), reserved integer check (reserved <= on_hand))',
  'create table reservations (order_id text primary key, state text, units text, expires_at integer)',
);
export const payments = file(
  'payments',
  'create table payments (id text primary key, order_id text unique, amount integer, status text, charge_id text)',
);
export const notifications = file(
  'notifications',
  'create table inbox_lanes (source text, subject text, sequence integer, primary key (source, subject))',
  'create table inbox_events (source text, subject text, sequence integer, event text, state text, primary key (source, subject, sequence))',
  'create table mails (id text primary key, user_id text, recipient text, body text, reference text unique)',
);
/** Opens the provider's books for appending. */
export function openProvider(): number {
  return openSync(join(folder, 'provider.jsonl'), 'a');
}

export type Item = { productId: string; quantity: number };

export function keyed(
  at: TwinDatabase,
  key: string,
  call: string,
  input: unknown,
  effect: () => unknown,
) {
  const known = at.get<{ answer: string }>(
    'select answer from command_keys where key = ? and call = ?',
    key,
    call,
  );
  if (known) return JSON.parse(known.answer);
  const answer = effect();
  at.run(
    'insert into command_keys values (?, ?, ?, ?, ?) on conflict do nothing',
    key,
    call,
    JSON.stringify(input),
    JSON.stringify(answer),
    Date.now(),
  );
  return answer;
}

export function publish(at: TwinDatabase, subject: string, type: string, data: unknown) {
  const { sequence } = at.get<{ sequence: number }>(
    'insert into outbox_subjects values (?, 1) on conflict (subject) do update set sequence = sequence + 1 returning sequence',
    subject,
  ) as { sequence: number };
  const event = JSON.stringify({
    id: randomUUID(),
    type,
    subject,
    sequence,
    time: new Date().toISOString(),
    data,
  });
  at.run(
    'insert into outbox (subject, sequence, event, recorded_at) values (?, ?, ?, ?)',
    subject,
    sequence,
    event,
    Date.now(),
  );
}

/** Takes what waits in the outbox to the mails, who hear only orders, and marks it as published. */
export function relay(at: TwinDatabase, mail?: { userId: string; orderId: string }) {
  const waiting = at.get<Waiting>(
    'select number, subject, sequence, event from outbox where position is null order by number limit 1',
  );
  if (!waiting) return;
  if (at === orders) hear(waiting);
  if (mail) writeMail(waiting, mail);
  markPublished(at, waiting.number);
}

type Waiting = { number: number; subject: string; sequence: number; event: string };

function hear({ subject, sequence, event }: Waiting) {
  notifications.commit(() => {
    const text = 'insert into inbox_events values (?, ?, ?, ?, ?) on conflict do nothing';
    notifications.run(text, 'orders', subject, sequence, event, 'waiting');
  });
}

function writeMail(
  { subject, sequence, event }: Waiting,
  mail: { userId: string; orderId: string },
) {
  notifications.commit(() => {
    const lane =
      'insert into inbox_lanes values (?, ?, ?) on conflict (source, subject) do update set sequence = excluded.sequence';
    notifications.run(lane, 'orders', subject, sequence);
    const body = `Your order ${mail.orderId}`;
    notifications.run(
      'insert into mails values (?, ?, ?, ?, ?)',
      randomUUID(),
      mail.userId,
      'a@example.com',
      body,
      event,
    );
    const done =
      'update inbox_events set state = ? where source = ? and subject = ? and sequence = ?';
    notifications.run(done, 'done', 'orders', subject, sequence);
  });
}

function markPublished(at: TwinDatabase, number: number) {
  at.commit(() => {
    at.get('update outbox_progress set position = position + 1 returning position');
    at.run('update outbox set position = ? where number = ?', number, number);
  });
}

export function advance(at: TwinDatabase, id: string, name: string, step: string) {
  at.run(
    'update sagas set step = ?, state = ?, history = ?, lease_until = ?, epoch = epoch + 1 where id = ? and name = ?',
    step,
    JSON.stringify({ orderId: id, step }),
    step,
    Date.now() + 10_000,
    id,
    name,
  );
}

export function changeStock(item: Item, sign: number, sold: boolean) {
  const stock = inventory.get<{ on_hand: number; reserved: number }>(
    'select on_hand, reserved from stock where product_id = ?',
    item.productId,
  ) as { on_hand: number; reserved: number };
  inventory.run(
    'update stock set on_hand = ?, reserved = ? where product_id = ?',
    stock.on_hand - (sold ? item.quantity : 0),
    stock.reserved + sign * item.quantity,
    item.productId,
  );
  publish(inventory, item.productId, 'stockChanged', stock);
}
