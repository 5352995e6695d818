import { join } from 'node:path';
import express from 'express';

import { TwinDatabase } from './twin-database.ts';

/** A bare Express handler that adds up the sales of each day. Its port and folder are arguments. */
const [port, folder] = [Number(process.argv[2]), process.argv[3] ?? '.'];
const facts = new TwinDatabase(join(folder, 'analytics.sqlite'), []);
const dayMs = 86_400_000;

type Sales = { day: number; orders: number; gross: number; refunds: number };

const app = express();
app.get('/report', (_request, response) => {
  const end = (Math.floor(Date.now() / dayMs) + 1) * dayMs;
  const begin = end - 30 * dayMs;
  const orders = facts.all<Pick<Sales, 'day' | 'orders'>>(
    `select completed_at / ${dayMs} as day, count(*) as orders from order_facts
     where generation = 1 and completed_at >= ? and completed_at < ? group by 1`,
    begin,
    end,
  );
  const money = facts.all<Omit<Sales, 'orders'> & { currency: string }>(
    `select at / ${dayMs} as day, currency,
       sum(case when kind = 'charge' then amount else 0 end) as gross,
       sum(case when kind = 'refund' then amount else 0 end) as refunds
     from money_facts where generation = 1 and at >= ? and at < ? group by 1, 2`,
    begin,
    end,
  );
  const rows = Array.from({ length: 30 }, (_, index) => {
    const day = begin / dayMs + index;
    const { gross = 0, refunds = 0 } = money.find((one) => one.day === day) ?? {};
    const { orders: count = 0 } = orders.find((one) => one.day === day) ?? {};
    const interval = new Date(day * dayMs).toISOString().slice(0, 10);
    return { interval, orders: count, gross, refunds, net: gross - refunds };
  });
  response.json({ type: 'sales', rows });
});
app.listen(port, '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
