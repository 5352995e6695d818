import { randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, fdatasyncSync } from 'node:fs';
import express, { type Request } from 'express';

import {
  advance,
  catalog,
  changeStock,
  type Item,
  inventory,
  keyed,
  openProvider,
  orders,
  payments,
  publish,
  relay,
} from './order-twin-files.ts';

/**
 * The checkout as one file would do it by hand: no modules, no contracts, no events bus, but the same
 * statements and as many durable commits to as many files, one after another. Started as a process
 * with its port and folder as arguments.
 */
const port = Number(process.argv[2]);
const provider = openProvider();

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
