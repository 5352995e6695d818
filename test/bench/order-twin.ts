import { randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, fdatasyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import express, { type Request } from 'express';

import { ledgerTables, TwinDatabase } from './twin-database.ts';

/**
 * The checkout as one file would do it by hand: no modules, no contracts, no events bus, but the same
 * statements and as many durable commits to as many files, one after another. Started as a process
 * with its port and folder as arguments.
 */
const [port, folder] = [Number(process.argv[2]), process.argv[3] ?? '.'];
const file = (name: string, ...tables: string[]) =>
  new TwinDatabase(join(folder, `${name}.sqlite`), [...ledgerTables, ...tables]);

const catalog = file(
  'catalog',
  'create table products (id text primary key, name text, price integer)',
);
const orders = file(
  'orders',
  'create table orders (id text primary key, user_id text, status text, items text, total integer, payment_id text, changes text, created_at text)',
);
const inventory = file(
  'inventory',
  'create table stock (product_id text primary key, on_hand integer check (on_hand >= 0), reserved integer check (reserved <= on_hand))',
  'create table reservations (order_id text primary key, state text, units text, expires_at integer)',
);
const payments = file(
  'payments',
  'create table payments (id text primary key, order_id text unique, amount integer, status text, charge_id text)',
);
const notifications = file(
  'notifications',
  'create table inbox_lanes (source text, subject text, sequence integer, primary key (source, subject))',
  'create table inbox_events (source text, subject text, sequence integer, event text, state text, primary key (source, subject, sequence))',
  'create table mails (id text primary key, user_id text, recipient text, body text, reference text unique)',
);
const provider = openSync(join(folder, 'provider.jsonl'), 'a');

type Item = { productId: string; quantity: number };

function keyed(at: TwinDatabase, key: string, call: string, input: unknown, effect: () => unknown) {
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

function publish(at: TwinDatabase, subject: string, type: string, data: unknown) {
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
function relay(at: TwinDatabase, mail?: { userId: string; orderId: string }) {
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

function advance(at: TwinDatabase, id: string, name: string, step: string) {
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

function changeStock(item: Item, sign: number, sold: boolean) {
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

function place(userId: string, key: string, item: Item) {
  const product = catalog.get<{ price: number; name: string }>(
    'select id, name, price from products where id = ?',
    item.productId,
  ) as { price: number };
  return orders.commit(() =>
    keyed(orders, key, 'createOrder', item, () => {
      orders.get("select count(*) from orders where user_id = ? and status = 'pending'", userId);
      const id = randomUUID();
      orders.run(
        'insert into orders values (?, ?, ?, ?, ?, ?, ?, ?)',
        id,
        userId,
        'pending',
        JSON.stringify([item]),
        product.price * item.quantity,
        null,
        '[]',
        new Date().toISOString(),
      );
      publish(orders, id, 'orderPlaced', { id });
      orders.run(
        'insert into sagas values (?, ?, ?, ?, ?, ?, ?, 1)',
        id,
        'checkout',
        'running',
        'reserve',
        '{}',
        '',
        Date.now(),
      );
      return { id, total: product.price * item.quantity };
    }),
  ) as { id: string; total: number };
}

function reserve(id: string, item: Item) {
  inventory.commit(() =>
    keyed(inventory, `${id}:reserve`, 'reserveStock', item, () => {
      inventory.run(
        'insert into reservations values (?, ?, ?, ?)',
        id,
        'held',
        JSON.stringify([item]),
        Date.now(),
      );
      changeStock(item, 1, false);
      return {};
    }),
  );
  orders.commit(() => advance(orders, id, 'checkout', 'extend'));
  inventory.commit(() =>
    keyed(inventory, `${id}:extend`, 'extendReservation', {}, () => {
      inventory.get('select * from reservations where order_id = ?', id);
      inventory.run('update reservations set expires_at = ? where order_id = ?', Date.now(), id);
      return {};
    }),
  );
  orders.commit(() => advance(orders, id, 'checkout', 'charge'));
}

function charge(id: string, total: number): string {
  const paymentId = randomUUID();
  payments.commit(() =>
    keyed(payments, `${id}:charge`, 'processPayment', { total }, () => {
      payments.run(
        'insert into payments values (?, ?, ?, ?, ?)',
        paymentId,
        id,
        total,
        'pending',
        null,
      );
      payments.run(
        'insert into sagas values (?, ?, ?, ?, ?, ?, ?, 1)',
        paymentId,
        'charge',
        'running',
        'charge',
        '{}',
        '',
        Date.now(),
      );
      return {};
    }),
  );
  appendFileSync(
    provider,
    `${JSON.stringify({ kind: 'charge', reference: paymentId, amount: total })}\n`,
  );
  fdatasyncSync(provider);
  payments.commit(() => {
    payments.get('select * from payments where id = ?', paymentId);
    payments.run(
      'update payments set status = ?, charge_id = ? where id = ?',
      'succeeded',
      randomUUID(),
      paymentId,
    );
    advance(payments, paymentId, 'charge', 'done');
    publish(payments, paymentId, 'paymentSucceeded', { id });
  });
  orders.commit(() => advance(orders, id, 'checkout', 'settle'));
  return paymentId;
}

function settle(id: string, item: Item) {
  inventory.commit(() =>
    keyed(inventory, `${id}:settle`, 'commitReservation', {}, () => {
      inventory.get('select * from reservations where order_id = ?', id);
      inventory.run('update reservations set state = ? where order_id = ?', 'sold', id);
      changeStock(item, -1, true);
      return {};
    }),
  );
  orders.commit(() => advance(orders, id, 'checkout', 'complete'));
}

function complete(id: string, paymentId: string) {
  return orders.commit(() => {
    orders.get('select * from orders where id = ?', id);
    orders.run(
      'update orders set status = ?, payment_id = ?, changes = ? where id = ?',
      'completed',
      paymentId,
      '[1]',
      id,
    );
    advance(orders, id, 'checkout', 'done');
    publish(orders, id, 'orderCompleted', { id });
    return orders.get('select * from orders where id = ?', id);
  });
}

const app = express();
app.use(express.json());
app.post('/api/orders', (request: Request, response) => {
  const key = request.get('idempotency-key') ?? '';
  const [item] = request.body.items as [Item];
  const userId = request.get('authorization') ?? '';
  const { id, total } = place(userId, key, item);
  relay(orders);
  reserve(id, item);
  relay(inventory);
  const paymentId = charge(id, total);
  relay(payments);
  settle(id, item);
  relay(inventory);
  const order = complete(id, paymentId);
  relay(orders, { userId, orderId: id });
  response.status(201).json(order);
});

catalog.run('insert into products values (?, ?, ?)', 'p1', 'Mug', 1250);
inventory.run('insert into stock values (?, ?, ?)', 'p1', 1_000_000_000, 0);
app.listen(port, '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => {
  closeSync(provider);
  process.exit(0);
});
