import type { CopyPlace } from './store-copy-place.ts';

type ReadSql = <Row extends object>(text: TemplateStringsArray) => Promise<Row[]>;

export async function readThings(sql: ReadSql): Promise<unknown[]> {
  type Row = { flag: unknown; bytes: Uint8Array | null };
  const rows = await sql<Row>`
    select t.id, t.shelf, t.flag, t.bytes, t.share, t.note, s.label, s.above, s.room
    from things t join shelves s on s.number = t.shelf order by t.id`;
  return rows.map(({ flag, bytes, ...row }) => ({
    ...row,
    flag: flag === null ? null : Boolean(flag),
    bytes: bytes && Buffer.from(bytes).toString('hex'),
  }));
}

/** Rows that a careless copy would change. `more`: so many plain rows beside the odd ones. */
export async function fillWithOddValues(place: CopyPlace, more = 0): Promise<void> {
  await place.onSqlite((store) =>
    store.write(async ({ sql }) => {
      // The first refers to a later one, and itself is not the last number.
      await sql`insert into shelves (number, label) values (7, 'top')`;
      await sql`insert into shelves (number, label, above, room) values (2, '', 7, 'Küche "∞"')`;
      await sql`insert into shelves (number, label, above) values (5, 'own', 5)`;
      await sql`insert into things (id, shelf, n, note) values
        ('1 largest', 2, 9223372036854775807, ''),
        ('2 smallest', 2, -9223372036854775808, null),
        ('3 beyond a double', 5, 9007199254740993, ${'a\nb\tc\\d\'e"f,{}\u2028😀\u0301'})`;
      const none = new Uint8Array();
      await sql`insert into things (id, shelf, n, flag, bytes, share, note)
        values ('4 zero', 7, 0, false, ${none}, 0, ${'{"a":[1,2.50,"x"]}'})`;
      await sql`insert into things (id, shelf, n, flag, price) values ('5 price', 7, 0, true, 12345678901.2345)`;
      await sql`insert into things (id, shelf, n, share, price) values ('6 less', 7, 0, ${-1 / 3}, ${-0.5})`;
      const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      await sql`insert into things (id, shelf, n, bytes, share) values ('7 bytes', 7, 0, ${bytes}, ${5e-324})`;
      await sql`insert into things (id, shelf, n, share) values ('8 far', 7, 0, 1.7976931348623157e308)`;
      const plain = Array.from({ length: more }, (_, i) => ({ id: `plain ${i}` }));
      await sql`insert into things (id, shelf, n)
        select value->>'id', 7, 1 from json_each(${JSON.stringify(plain)})`;
    }),
  );
}
