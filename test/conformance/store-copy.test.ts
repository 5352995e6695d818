import assert from 'node:assert/strict';
import test from 'node:test';

import { migration } from '#kernel/stores/migration';
import { storesUnderTest } from '#test/stores';

import { copyPlace, shelves } from './store-copy-place.ts';
import { fillWithOddValues, readThings } from './store-copy-rows.ts';

for (const on of storesUnderTest()) {
  if (on.name !== 'postgres') continue;

  test('every kind of value arrives as it was, and both sides read it alike', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    const { outcome, tables } = await place.copy();
    assert.equal(outcome, 'copied');
    const sizes = tables.map(({ table, source, same }) => [table, source.rows, same]);
    assert.deepEqual(sizes, [
      ['progress', 1, true],
      ['shelves', 3, true],
      ['things', 8, true],
    ]);
    const here = await place.onSqlite(({ reader: { sql } }) => readThings(sql));
    const there = await place.onPostgres(({ reader: { sql } }) => readThings(sql));
    assert.deepEqual(there, here);
    assert.deepEqual(
      await place.ask('select n::text, price::text from MODULE.things order by id'),
      [
        ...[
          { n: '9223372036854775807', price: null },
          { n: '-9223372036854775808', price: null },
        ],
        ...[
          { n: '9007199254740993', price: null },
          { n: '0', price: null },
        ],
        ...[
          { n: '0', price: '12345678901.2345' },
          { n: '0', price: '-0.5000' },
        ],
        ...[
          { n: '0', price: null },
          { n: '0', price: null },
        ],
      ],
    );
  });

  test('the next row after a copy has the next number, and references hold', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    await place.copy();
    await place.onPostgres(async (store) => {
      const [next] = await store.write(
        ({ sql }) => sql<{ number: number }>`
          insert into shelves (label) values ('next') returning number`,
      );
      assert.equal(next?.number, 8);
      const astray = store.write(
        ({ sql }) => sql`insert into things (id, shelf, n) values ('x', 99, 1)`,
      );
      await assert.rejects(astray, /foreign key/);
    });
  });

  test('a complete copy is recognised; anything else in the target is left alone', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    await place.copy();
    assert.equal((await place.copy()).outcome, 'already there');
    await place.ask(`update MODULE.things set note = 'newer' where id = '1 largest'`);
    await assert.rejects(place.copy(), /holds other rows already.*drop schema/);
    await place.ask(`delete from MODULE.things where id = '1 largest'`);
    await assert.rejects(place.copy(), /holds other rows already/);
    assert.deepEqual(await place.ask('select count(*)::int as n from MODULE.things'), [{ n: 7 }]);
  });

  test('a connection that is lost after the commit takes nothing of the copy back', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    await place.onPostgres(async () => {});
    // Computed for each row that comes, and once more by who analyzes the table.
    await place.ask(`create function MODULE.lost_when_analyzed(id text) returns text
      language plpgsql immutable as $$ begin
        if current_query() like 'analyze%' then
          perform pg_terminate_backend(pg_backend_pid());
        end if;
        return id;
      end $$`);
    await place.ask('create index on MODULE.things (MODULE.lost_when_analyzed(id))');
    assert.equal((await place.copy()).outcome, 'copied');
    assert.equal((await place.copy()).outcome, 'already there');
  });

  test('a connection that is lost in the commit leaves a doubt, which another copy resolves', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    await place.onPostgres(async () => {});
    await place.ask(`create function MODULE.lost_at_commit() returns trigger language plpgsql
      as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`);
    await place.ask(`create constraint trigger lost after insert or update on MODULE.progress
      deferrable initially deferred for each row execute function MODULE.lost_at_commit()`);
    await assert.rejects(place.copy(), /not known whether the copy was committed.*command again/);
    await place.ask('drop trigger lost on MODULE.progress');
    assert.equal((await place.copy()).outcome, 'copied');
    assert.equal((await place.copy()).outcome, 'already there');
  });

  test('a target that was only made is as good as an empty one', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    await place.onPostgres(async () => {});
    assert.equal((await place.copy()).outcome, 'copied');
  });

  test('what arrives otherwise is found, and nothing of it is kept', async (t) => {
    const narrow = migration('0001-narrow', (dialect) => [
      `create table prices (id text, price ${dialect === 'sqlite' ? 'real' : 'numeric(6, 2)'})`,
    ]);
    const place = await copyPlace(on.url, t, [narrow]);
    await place.onSqlite((store) =>
      store.write(async ({ sql }) => {
        await sql`insert into prices (id, price) values ('fits', 1.25)`;
        await sql`insert into prices (id, price) values ('is rounded', 1.005)`;
      }),
    );
    const { outcome, tables } = await place.copy();
    assert.equal(outcome, 'differs');
    assert.deepEqual([tables[0]?.same, tables[0]?.target.rows], [false, 2]);
    assert.deepEqual(await place.ask('select * from MODULE.prices'), []);
  });

  for (const [what, change, value, words] of [
    ['a text where a number belongs', 'n', 'many', /things\.n holds "many" where a whole number/],
    ['a fraction where a whole belongs', 'n', 1.5, /things\.n holds 1\.5 where a whole number/],
    ['a flag that is neither', 'flag', 2, /things\.flag holds 2 where 0 or 1 belongs/],
    [
      'a text with a NUL',
      'note',
      'a\0b',
      /things\.note holds "a\\u0000b" where a text without NUL/,
    ],
    ['bytes in a text', 'note', Buffer.from([1]), /things\.note holds a blob of 1 bytes/],
    ['a text in bytes', 'bytes', 'text', /things\.bytes holds "text" where a blob/],
  ] as const) {
    test(`${what} is named, and the target stays as it was`, async (t) => {
      const place = await copyPlace(on.url, t);
      await fillWithOddValues(place);
      place.tamper(`update things set ${change} = ? where id = '4 zero'`, value);
      await assert.rejects(place.copy(), (error: Error) => {
        assert.match(error.message, words);
        assert.match(error.message, /whose id is 4 zero/);
        return true;
      });
      assert.deepEqual(await place.ask('select * from MODULE.things'), []);
      assert.deepEqual(await place.ask('select * from MODULE.progress'), [{ position: '0' }]);
    });
  }

  test('a text that is no UTF-8 is named; the character that stands for one is not', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    place.tamper(`update things set note = '\uFFFD' where id = '4 zero'`);
    assert.equal((await place.copy()).outcome, 'copied');
    await place.ask('drop schema MODULE cascade');
    place.tamper(`update things set note = cast(x'61ff62' as text) where id = '4 zero'`);
    await assert.rejects(place.copy(), /things\.note holds a text that is not UTF-8/);
    assert.deepEqual(await place.ask('select * from MODULE.things'), []);
  });

  test('a target that refuses a row is told with its reason', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    await place.onPostgres(async () => {});
    await place.ask('alter table MODULE.things add check (n < 5)');
    await assert.rejects(place.copy(), /things cannot be filled: .*violates check constraint/);
    assert.deepEqual(await place.ask('select * from MODULE.shelves'), []);
  });

  test('stores that are not made alike, or by a newer version, are not copied', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place);
    place.tamper('alter table things add column secret text');
    await assert.rejects(place.copy(), /not made alike: PostgreSQL has no things\.secret/);
    place.tamper('alter table things drop column secret');
    await place.ask('alter table MODULE.things add column extra text');
    await assert.rejects(place.copy(), /not made alike: SQLite has no things\.extra/);
    await place.ask('drop schema MODULE cascade');
    const newer = migration('0002-newer', ['create table newer (id text)']);
    assert.equal((await place.copy([shelves, newer])).outcome, 'copied');
    await assert.rejects(place.copy(), /sqlite was made by a newer version.*0002-newer/);
  });

  test('a store in use and one that is missing are told apart', async (t) => {
    const place = await copyPlace(on.url, t);
    await assert.rejects(place.copy(), /has no SQLite file: .* is not there/);
    await place.onSqlite(async () => {
      await assert.rejects(place.copy(), /is in use: a process runs shelf_\w+ on it\. Stop that/);
    });
  });

  test('a host that starts on the target during a copy finds it whole', async (t) => {
    const place = await copyPlace(on.url, t);
    await fillWithOddValues(place, 30_000);
    await place.onPostgres(async () => {});
    const copying = place.copy();
    let seen = 0;
    let isOver = false;
    const over = copying.finally(() => {
      isOver = true;
    });
    const counts = new Set<string>();
    while (!isOver) {
      const [row] = (await place.ask('select count(*)::text as n from MODULE.things')) as {
        n: string;
      }[];
      counts.add(row?.n ?? '');
      seen += 1;
    }
    await over;
    assert.ok(seen > 0);
    for (const count of counts) assert.ok(['0', '30008'].includes(count), `${count} rows seen`);
  });
}
