import assert from 'node:assert/strict';
import test from 'node:test';

import type { SqlValue } from '#kernel/ports/store';
import { raw } from '#kernel/stores/sql';
import type { StoreUnderTest } from '#test/stores';

import { idsIn, storePlace } from './store-place.ts';

type Thing = { id: string; n: number; note: string | null; flag: unknown; bytes: Uint8Array };

/** What every store does with values and texts. */
export function valuesOfAStore(on: StoreUnderTest): void {
  test(`${on.name}: numbers up to 2^53, texts, flags, bytes and nulls come back as they went in`, async (t) => {
    const { write, reader } = await (await storePlace(on, t)).open();
    const bytes = new Uint8Array([0, 1, 255]);
    const note = 'Zoë’s "mug" 🫖; drop table things; --';
    const rows = await write(
      ({ sql }) => sql<Thing>`
        insert into things (id, n, note, flag, bytes)
        values (${'a'}, ${Number.MAX_SAFE_INTEGER}, ${note}, ${true}, ${bytes}),
          (${'b'}, ${0}, ${null}, ${false}, ${null})
        returning *`,
    );
    const read = await reader.sql<Thing>`select * from things order by id`;
    assert.deepEqual(read, rows);
    const [a, b] = read as [Thing, Thing];
    assert.deepEqual([a.n, a.note, Boolean(a.flag)], [Number.MAX_SAFE_INTEGER, note, true]);
    assert.deepEqual(new Uint8Array(a.bytes), bytes);
    assert.deepEqual([b.n, b.note, Boolean(b.flag), b.bytes], [0, null, false, null]);
  });

  test(`${on.name}: counts and sums are numbers, and whole numbers stay whole in a text`, async (t) => {
    const { write, reader } = await (await storePlace(on, t)).open();
    await write(
      ({ sql }) =>
        sql`insert into things (id, n, note) values (${'a'}, ${7}, ${'5'}), ('b', 8, ${5 as never})`,
    );
    const [sums] = await reader.sql`
      select count(*) as many, sum(n) as total, max(n) as most, count(distinct note) as notes
      from things`;
    assert.deepEqual(sums, { many: 2, total: 15, most: 8, notes: 1 });
  });

  test(`${on.name}: what cannot be kept exactly is refused, not bent`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const wrong = [
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      undefined,
      'a\0b',
      {},
      new Date(),
    ];
    for (const value of wrong as SqlValue[]) {
      const refused = store.write(
        ({ sql }) => sql`insert into things (id, n) values (${value}, ${1})`,
      );
      await assert.rejects(refused, /RangeError|TypeError/);
    }
    assert.deepEqual(await idsIn(store), []);
  });

  test(`${on.name}: only \`raw\` makes text; an object that looks like it is refused`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const forged = JSON.parse('{"text":"1); drop table things; --"}');
    const attempt = store.write(
      ({ sql }) => sql`insert into things (id, n) values (${'a'}, ${forged})`,
    );
    await assert.rejects(attempt, TypeError);
    assert.deepEqual(await idsIn(store), []);
  });

  test(`${on.name}: one template with other trusted text is another statement`, async (t) => {
    const { write, reader } = await (await storePlace(on, t)).open();
    await write(({ sql }) => sql`insert into things (id, n) values ('a', 2), ('b', 1)`);
    const sorted = async (column: 'id' | 'n', limit: number) => {
      const rows = await reader.sql<Thing>`
        select id from things order by ${raw(column)} limit ${limit}`;
      return rows.map(({ id }) => id).join();
    };
    assert.equal(await sorted('id', 2), 'a,b');
    assert.equal(await sorted('n', 2), 'b,a');
    assert.equal(await sorted('id', 1), 'a');
  });

  test(`${on.name}: statements without rows answer none; \`returning\` answers its rows`, async (t) => {
    const { write } = await (await storePlace(on, t)).open();
    const answers = await write(async ({ sql }) => [
      await sql`insert into things (id, n) values ('a', 1)`,
      await sql`insert into things (id, n) values ('a', 5)
        on conflict (id) do update set n = excluded.n returning id, n`,
      await sql`insert into things (id, n) values ('a', 6) on conflict do nothing returning id`,
      await sql`update things set n = n + 1`,
    ]);
    assert.deepEqual(answers, [[], [{ id: 'a', n: 5 }], [], []]);
  });
}
