import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { command, defineContract, query } from '#kernel/contract';
import { Failure, failure } from '#kernel/failure';
import { twoSteps } from '#kernel/handlers';
import { defineModule } from '#kernel/module';
import { Type } from '#kernel/schema';
import { migration } from '#kernel/stores/migration';
import { openShop, type Shop } from '#test/shop';

const Sum = Type.Object({ sum: Type.Integer() });

const tally = defineContract('tally', {
  calls: {
    add: command('Adds to the tally.', {
      input: Type.Object({ by: Type.Integer(), note: Type.Optional(Type.String()) }),
      output: Sum,
    }),
    addThenRefuse: command('Adds, and refuses.', { input: Type.Object({}), output: Sum }),
    addThenBreak: command('Adds, and breaks.', { input: Type.Object({}), output: Sum }),
    addPrepared: command('Adds what its preparation brought.', {
      input: Type.Object({}),
      output: Sum,
    }),
    current: query('Tells the tally.', { input: Type.Object({}), output: Sum }),
  },
  events: {},
  errors: { enough: failure('conflict', 'That is enough.', Type.Object({ sum: Type.Integer() })) },
});

const clerk = defineContract('clerk', {
  calls: {
    addTwice: command('Adds twice through the tally.', { input: Type.Object({}), output: Sum }),
  },
  events: {},
  errors: {},
});

let preparations = 0;

const tallyModule = defineModule({
  contract: tally,
  calls: [],
  hears: [],
  store: {
    entities: [],
    migrations: [
      migration('0001-tally', [
        'create table tally (id integer primary key, sum bigint not null)',
        'insert into tally (id, sum) values (1, 0)',
      ]),
    ],
  },
  wire: () => {
    type Row = { sum: number };
    const add = async (tx: { sql: import('#kernel/ports/store').Sql }, by: number) => {
      const [row] =
        await tx.sql<Row>`update tally set sum = sum + ${by} where id = 1 returning sum`;
      return { sum: row?.sum ?? 0 };
    };
    return {
      handlers: {
        add: (tx, { by }) => add(tx, by),
        addThenRefuse: async (tx) => {
          const { sum } = await add(tx, 1000);
          throw tally.errors.enough({ sum });
        },
        addThenBreak: async (tx) => {
          await add(tx, 1000);
          throw new Error('a bug');
        },
        addPrepared: twoSteps<typeof tally.calls.addPrepared, number>(
          async () => {
            preparations += 1;
            return preparations;
          },
          (tx, _input, { prepared }) => add(tx, prepared),
        ),
        current: async (read) => {
          const [row] = await read.sql<Row>`select sum from tally where id = 1`;
          return { sum: row?.sum ?? 0 };
        },
      },
    };
  },
});

const clerkModule = defineModule({
  contract: clerk,
  calls: [tally],
  hears: [],
  store: { entities: [], migrations: [] },
  wire: ({ clients }) => ({
    handlers: {
      addTwice: twoSteps<typeof clerk.calls.addTwice, { sum: number }>(
        async (ctx) => {
          await clients.tally.add(ctx, { by: 1 }, { key: 'first' });
          return await clients.tally.add(ctx, { by: 1 }, { key: 'second' });
        },
        (_tx, _input, { prepared }) => prepared,
      ),
    },
  }),
});

let shop: Shop;
const { add, addThenRefuse, addThenBreak, addPrepared, current } = tally.calls;
const sum = async () => (await shop.call(current, {})).sum;

before(async () => {
  shop = await openShop({ modules: [tallyModule, clerkModule] });
});

test('repeating a command with its key changes nothing and answers the same', async () => {
  const began = await sum();
  const first = await shop.call(add, { by: 5 }, { key: 'repeat' });
  await shop.call(add, { by: 1 });
  const again = await shop.call(add, { by: 5 }, { key: 'repeat' });

  assert.deepEqual(again, first);
  assert.equal(await sum(), began + 6);
});

test('fifty at once with one key take effect once', async () => {
  const began = await sum();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => shop.call(add, { by: 7 }, { key: 'crowd' })),
  );

  assert.equal(new Set(answers.map((answer) => answer.sum)).size, 1);
  assert.equal(await sum(), began + 7);
});

test('the order of fields does not make another input, and another value does', async () => {
  await shop.call(add, { by: 1, note: 'a' }, { key: 'fields' });
  await shop.call(add, { note: 'a', by: 1 }, { key: 'fields' });
  await assert.rejects(
    shop.call(add, { by: 2, note: 'a' }, { key: 'fields' }),
    callFailures.idempotencyKeyReused.is,
  );
});

test('a refusal undoes its effects, and is the answer of its key for good', async () => {
  const began = await sum();
  const refusals: unknown[] = [];
  for (let time = 0; time < 2; time += 1) {
    await shop.call(addThenRefuse, {}, { key: 'refused' }).catch((error) => refusals.push(error));
    await shop.call(add, { by: 1 });
  }

  assert.ok(refusals.every(tally.errors.enough.is));
  assert.deepEqual(
    refusals.map((refusal) => (refusal as Failure).details),
    [{ sum: began + 1000 }, { sum: began + 1000 }],
  );
  assert.equal(await sum(), began + 2);
});

test('a bug undoes its effects, tells nothing of itself, and may be tried again', async () => {
  const began = await sum();
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(shop.call(addThenBreak, {}, { key: 'broken' }), (error: Error) => {
      assert.ok(!(error instanceof Failure));
      assert.equal(error.message, 'tally.addThenBreak broke');
      return true;
    });
  }
  assert.equal(await sum(), began);
});

test('a repeated command is not prepared again', async () => {
  const first = await shop.call(addPrepared, {}, { key: 'prepared' });
  const before = preparations;
  assert.deepEqual(await shop.call(addPrepared, {}, { key: 'prepared' }), first);
  assert.equal(preparations, before);
});

test('commands that a command sends derive their keys from its own', async () => {
  const began = await sum();
  const first = await shop.call(clerk.calls.addTwice, {}, { key: 'cause' });
  const again = await shop.call(clerk.calls.addTwice, {}, { key: 'cause' });
  assert.deepEqual(again, first);
  assert.equal(await sum(), began + 2);
});

test('input that does not fit is refused by field, before anything happens', async () => {
  const began = await sum();
  await assert.rejects(shop.call(add, { by: 'two' } as never), (error) => {
    assert.ok(callFailures.invalidInput.is(error));
    assert.deepEqual(error.details.errors, [{ field: 'by', message: 'must be integer' }]);
    return true;
  });
  assert.equal(await sum(), began);
});

test('a call whose time is over is refused before it takes effect', async () => {
  const began = await sum();
  await assert.rejects(shop.call(add, { by: 1 }, { timeoutMs: 0 }), callFailures.deadlinePassed.is);
  assert.equal(await sum(), began);
});

test('a module that does not declare a contract can not call it', async () => {
  assert.throws(() => shop.connect('stranger', add), callFailures.undeclaredCall.is);
  assert.throws(() => shop.connect('tally', clerk.calls.addTwice), callFailures.undeclaredCall.is);
  assert.doesNotThrow(() => shop.connect('clerk', add));
});
