import assert from 'node:assert/strict';
import test from 'node:test';

import type { StoreTx } from '#kernel/ports/store';
import { storeUnavailable, TransactionMisuse } from '#kernel/stores/store-failures';
import type { StoreUnderTest } from '#test/stores';

import { idsIn, numberOf, storePlace } from './store-place.ts';

const put = ({ sql }: StoreTx, id: string, n = 1) =>
  sql`insert into things (id, n) values (${id}, ${n})`;

/** What every store does with transactions. */
export function transactionsOfAStore(on: StoreUnderTest): void {
  test(`${on.name}: a work's writes are there when it resolves, and gone when it throws`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const answer = await store.write(async (tx) => {
      await put(tx, 'kept');
      return 'done';
    });
    const refusal = store.write(async (tx) => {
      await put(tx, 'lost');
      throw new RangeError('no');
    });
    await assert.rejects(refusal, RangeError);
    assert.equal(answer, 'done');
    assert.deepEqual(await idsIn(store), ['kept']);
  });

  test(`${on.name}: of works at the same time, those that throw undo only themselves`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const works = Array.from({ length: 30 }, (_, i) =>
      store.write(async (tx) => {
        await put(tx, `${i}`.padStart(2, '0'));
        if (i % 3 === 0) throw new Error('every third');
      }),
    );
    const ends = await Promise.allSettled(works);
    const kept = ends.flatMap(({ status }, i) =>
      status === 'fulfilled' ? [`${i}`.padStart(2, '0')] : [],
    );
    assert.equal(kept.length, 20);
    assert.deepEqual(await idsIn(store), kept);
  });

  test(`${on.name}: an undone savepoint takes only its own writes with it`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    await store.write(async (tx) => {
      await put(tx, 'a');
      const undone = tx.savepoint(async () => {
        await put(tx, 'b');
        await tx.savepoint(() => put(tx, 'c'));
        throw new Error('undo b and c');
      });
      await assert.rejects(undone, /undo b and c/);
      await tx.savepoint(() => put(tx, 'd'));
    });
    assert.deepEqual(await idsIn(store), ['a', 'd']);
  });

  test(`${on.name}: after a failed statement a work goes on only past its savepoint`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const careless = store.write(async (tx) => {
      await put(tx, 'a');
      await put(tx, 'a').catch(() => 'swallowed');
      await put(tx, 'b').catch(() => 'swallowed');
    });
    await assert.rejects(careless, TransactionMisuse);
    assert.deepEqual(await idsIn(store), []);

    await store.write(async (tx) => {
      await put(tx, 'a');
      await tx.savepoint(() => put(tx, 'a')).catch(() => put(tx, 'b'));
    });
    assert.deepEqual(await idsIn(store), ['a', 'b']);
  });

  test(`${on.name}: a failed statement that nobody awaited still undoes its work`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const forgetful = store.write((tx) => {
      void put(tx, 'a');
      void put(tx, 'a');
    });
    await assert.rejects(forgetful, TransactionMisuse);
    assert.deepEqual(await idsIn(store), []);
  });

  test(`${on.name}: statements that nobody awaited are part of their work`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    await store.write((tx) => {
      void put(tx, 'a');
      void put(tx, 'b');
    });
    assert.deepEqual(await idsIn(store), ['a', 'b']);
  });

  test(`${on.name}: savepoints that overlap are refused, and the work with them`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const overlapping = store.write(async (tx) => {
      const both = ['a', 'b'].map((id) => tx.savepoint(() => put(tx, id)));
      await Promise.allSettled(both);
    });
    await assert.rejects(overlapping, TransactionMisuse);
    assert.deepEqual(await idsIn(store), []);
  });

  test(`${on.name}: hooks run in order after COMMIT, and only then`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const heard: string[] = [];
    await store.write(async (tx) => {
      tx.afterCommit(() => heard.push('first'));
      tx.afterCommit(() => {
        throw new Error('a hook of no consequence');
      });
      await tx
        .savepoint(() => {
          tx.afterCommit(() => heard.push('undone'));
          throw new Error('undo');
        })
        .catch(() => 'undone');
      tx.afterCommit(() => heard.push('last'));
      await put(tx, 'a');
      assert.deepEqual(heard, []);
    });
    const refused = store.write(async (tx) => {
      tx.afterCommit(() => heard.push('never'));
      await put(tx, 'a');
    });
    await assert.rejects(refused);
    assert.deepEqual(heard, ['first', 'last']);
  });

  test(`${on.name}: of a hook for COMMIT and one for its absence, one runs, once`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const heard: string[] = [];
    const hear = ({ afterCommit }: StoreTx, what: string) =>
      afterCommit(
        () => heard.push(`${what} is there`),
        () => heard.push(`${what} is not`),
      );
    await store.write(async (tx) => {
      hear(tx, 'the first');
      const undone = tx.savepoint(async () => {
        hear(tx, 'the second');
        await tx.savepoint(() => hear(tx, 'the third'));
        throw new RangeError('undo');
      });
      await assert.rejects(undone, RangeError);
      await tx.savepoint(() => hear(tx, 'the fourth'));
      assert.deepEqual(heard, []);
    });
    const ends = ['the first is there', 'the second is not', 'the third is not'];
    assert.deepEqual(heard.splice(0), [...ends, 'the fourth is there']);
    const refused = store.write(async (tx) => {
      hear(tx, 'the fifth');
      await put(tx, 'a');
      await put(tx, 'a').catch(() => 'swallowed');
    });
    await assert.rejects(refused, TransactionMisuse);
    assert.deepEqual(heard, ['the fifth is not']);
  });

  test(`${on.name}: no work begins, ends or escapes a transaction by itself`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const attempts = [
      ({ sql }: StoreTx) => sql`commit`,
      ({ sql }: StoreTx) => sql` ROLLBACK`,
      ({ sql }: StoreTx) => sql`release savepoint work`,
      ({ sql }: StoreTx) => sql`reset role`,
    ];
    for (const attempt of attempts) {
      const escaping = store.write(async (tx) => {
        await put(tx, 'a');
        await attempt(tx).catch(() => 'swallowed');
      });
      await assert.rejects(escaping, TransactionMisuse);
    }
    assert.deepEqual(await idsIn(store), []);
  });

  test(`${on.name}: nobody can use a transaction that is over`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const kept = await store.write((tx) => tx);
    await assert.rejects(put(kept, 'late'), TransactionMisuse);
    await assert.rejects(
      kept.savepoint(() => 'late'),
      TransactionMisuse,
    );
    assert.throws(() => kept.afterCommit(() => {}), TransactionMisuse);
    assert.deepEqual(await idsIn(store), []);
  });

  test(`${on.name}: sixty who count at the same time count to sixty`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    await store.write((tx) => put(tx, 'counter', 0));
    const count = async ({ sql }: StoreTx) => {
      const [row] = await sql<{ n: number }>`
        select n from things where id = ${'counter'} ${sql.forUpdate}`;
      await sql`update things set n = ${(row?.n ?? 0) + 1} where id = ${'counter'}`;
    };
    await Promise.all(Array.from({ length: 60 }, () => store.write(count)));
    assert.equal(await numberOf(store, 'counter'), 60);
  });

  test(`${on.name}: a reader sees what is committed and nothing else`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    let seen: readonly string[] = ['not read'];
    await store.write(async (tx) => {
      await put(tx, 'a');
      // SQLite reads at once; on PostgreSQL the answer would come too late to wait for it here.
      seen = await idsIn(store);
    });
    assert.deepEqual(seen, []);
    assert.deepEqual(await idsIn(store), ['a']);
  });

  test(`${on.name}: a reader cannot write`, async (t) => {
    const { reader, ...store } = await (await storePlace(on, t)).open();
    await assert.rejects(
      reader.sql`insert into things (id, n) values (${'a'}, 1)`,
      (error) => !storeUnavailable.is(error),
    );
    assert.deepEqual(await idsIn({ reader, ...store }), []);
  });

  test(`${on.name}: what was asked for before the end is done, and nothing after it`, async (t) => {
    const place = await storePlace(on, t);
    const store = await place.open();
    const before = store.write((tx) => put(tx, 'before'));
    const closing = store.close();
    await assert.rejects(
      store.write((tx) => put(tx, 'after')),
      storeUnavailable.is,
    );
    await Promise.all([before, closing]);
    await assert.rejects(idsIn(store), storeUnavailable.is);
    assert.deepEqual(await idsIn(await place.open()), ['before']);
  });

  test(`${on.name}: the store's clock is close to ours, and in whole milliseconds`, async (t) => {
    const store = await (await storePlace(on, t)).open();
    const now = await store.now();
    assert.ok(Number.isInteger(now) && Math.abs(now - Date.now()) < 60_000, `${now}`);
  });
}
