import { command, defineContract, event, query } from '#kernel/contract';
import { defineModule } from '#kernel/module';
import { projection, statusOf, when } from '#kernel/projections/projection';
import { Id, Type } from '#kernel/schema';
import { migration } from '#kernel/stores/migration';
import { openShop, type Place } from '#test/shop';
import { until } from '#test/until';

/** Sells, and forgets what it told of that when it is asked to. */
export const till = defineContract('till', {
  calls: {
    sell: command('Sells.', {
      input: Type.Object({ saleId: Id, cents: Type.Integer() }),
      output: Type.Object({}),
    }),
    correct: command('Corrects a sale.', {
      input: Type.Object({ saleId: Id, cents: Type.Integer() }),
      output: Type.Object({}),
    }),
    forget: command('Forgets what it has published, as its retention does in time.', {
      input: Type.Object({}),
      output: Type.Object({}),
    }),
  },
  events: {
    sold: event('Sold.', {
      subject: 'saleId',
      data: Type.Object({ saleId: Id, cents: Type.Integer() }),
    }),
    corrected: event('Corrected.', {
      subject: 'saleId',
      data: Type.Object({ saleId: Id, cents: Type.Integer() }),
    }),
  },
  errors: {},
});

/** Adds up what a till has sold: a projection with little around it. */
export const books = defineContract('books', {
  calls: {
    total: query('The total.', {
      input: Type.Object({}),
      output: Type.Object({
        cents: Type.Integer(),
        sales: Type.Integer(),
        generation: Type.Integer(),
        rebuilding: Type.Boolean(),
        asOf: Type.Union([Type.String(), Type.Null()]),
        problem: Type.Union([Type.String(), Type.Null()]),
        rows: Type.Integer(),
      }),
    }),
  },
  events: {},
  errors: {},
});

const tillModule = defineModule({
  contract: till,
  calls: [],
  hears: [],
  store: { entities: [], migrations: [] },
  wire: () => ({
    handlers: {
      sell: (tx, sale) => {
        tx.publish(till.events.sold(sale));
        return {};
      },
      correct: (tx, sale) => {
        tx.publish(till.events.corrected(sale));
        return {};
      },
      forget: async (tx) => {
        await tx.sql`delete from outbox where published_at is not null`;
        return {};
      },
    },
  }),
});

export type Making = {
  readonly version?: number;
  readonly times?: number;
  /** The sale that can not be booked, for as long as a test says so. */
  poison?: string | undefined;
  /** How often it was tried all the same. */
  tries?: number;
};

/** Books whose making a test may change: another version counts `times` as much. */
function booksModule(making: Making = {}) {
  const { version = 1, times = 1 } = making;
  const sales = projection('sales', {
    version,
    events: [
      when(till.events.sold, async (tx, { data, subject }, generation) => {
        if (data.saleId === making.poison) refuse(making);
        await tx.sql`
          insert into sales (generation, sale_id, cents)
          values (${generation}, ${subject}, ${data.cents * times})
          on conflict (generation, sale_id) do update set cents = excluded.cents`;
      }),
      when(till.events.corrected, async (tx, { data, subject }, generation) => {
        await tx.sql`
          update sales set cents = ${data.cents * times}
          where generation = ${generation} and sale_id = ${subject}`;
      }),
    ],
    forget: async ({ sql }, generation, limit) => {
      const gone = await sql`
        delete from sales where (generation, sale_id) in (
          select generation, sale_id from sales where generation = ${generation} limit ${limit})
        returning sale_id`;
      return gone.length === limit ? 'again' : undefined;
    },
    carry: async ({ sql }, from, to, limit) => {
      const carried = await sql`
        insert into sales (generation, sale_id, cents)
        select ${to}, sale_id, cents from sales where generation = ${from} and sale_id not in (
          select sale_id from sales where generation = ${to}) limit ${limit}
        returning sale_id`;
      return carried.length === limit ? 'again' : undefined;
    },
  });
  return defineModule({
    contract: books,
    calls: [],
    hears: [till],
    store: {
      entities: [],
      migrations: [
        migration('0001-books', [
          `create table sales (generation integer, sale_id text, cents bigint,
            primary key (generation, sale_id))`,
        ]),
      ],
    },
    wire: () => ({
      projections: [sales],
      handlers: {
        total: async (read) => {
          const status = await statusOf(read, sales);
          const [row] = await read.sql<{ cents: number | null; sales: number }>`
            select sum(cents) as cents, count(*) as sales from sales
            where generation = ${status.generation}`;
          const [all] = await read.sql<{ rows: number }>`select count(*) as rows from sales`;
          return {
            ...status,
            cents: Number(row?.cents ?? 0),
            sales: Number(row?.sales),
            rows: Number(all?.rows),
          };
        },
      },
    }),
  });
}

function refuse(making: Making): never {
  making.tries = (making.tries ?? 0) + 1;
  throw new Error('this sale can not be booked');
}

export const saleId = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** A till and its books, in one shop, and what tests do with them. */
export async function openBooks(making: Making = {}, place?: Place) {
  const shop = await openShop({
    modules: [tillModule, booksModule(making)],
    ...(place && { place }),
  });
  const total = () => shop.call(books.calls.total, {});
  return {
    ...shop,
    total,
    sell: (n: number, cents: number) => shop.call(till.calls.sell, { saleId: saleId(n), cents }),
    correct: (n: number, cents: number) =>
      shop.call(till.calls.correct, { saleId: saleId(n), cents }),
    reaches: (cents: number) =>
      until(async () => (await total()).cents === cents, { what: `a total of ${cents}` }),
    rebuild: () => shop.operator('books').projections.rebuild('sales'),
    isWhole: () =>
      until(async () => {
        const { rebuilding, rows, sales } = await total();
        return !rebuilding && rows === sales;
      }),
  };
}
