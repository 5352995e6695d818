import assert from 'node:assert/strict';
import { test } from 'node:test';

import { command, defineContract, event, query } from '#kernel/contract';
import { Failure, failure } from '#kernel/failure';
import { Id, Money, oneOf, page, type TObject, Type } from '#kernel/schema';
import { compileValidator } from '#kernel/validator';

const desk = defineContract('desk', {
  calls: {
    bookSeat: command('Books a seat.', {
      input: Type.Object({ seatId: Id, price: Money }),
      output: Type.Object({ booked: Type.Boolean() }),
    }),
  },
  events: {
    seatBooked: event('A seat is taken.', {
      subject: 'seatId',
      data: Type.Object({ seatId: Id }),
    }),
  },
  errors: {
    seatTaken: failure('conflict', 'Somebody sits there.', Type.Object({ seatId: Id })),
    closed: failure('unavailable', 'We are closed.'),
  },
});

const withInput = (input: TObject) => () =>
  defineContract('broken', {
    calls: { ask: query('Asks.', { input, output: Type.Object({}) }) },
    events: {},
    errors: {},
  });

test('a contract refuses what its exported schema would lose, and names the place', () => {
  const refined = Type.Refine(Type.String(), (value) => value.startsWith('x'));
  const decoded = Type.Decode(Type.String(), (value) => Number(value));
  assert.throws(withInput(Type.Object({ code: refined })), /broken\.ask input\.code.*refine/);
  assert.throws(withInput(Type.Object({ count: decoded })), /broken\.ask input\.count.*codec/);
  assert.throws(
    withInput(Type.Object({ deep: Type.Object({ size: Type.Integer({ default: 1 }) }) })),
    /broken\.ask input\.deep\.size.*default/,
  );
  assert.throws(withInput(Type.Object({ big: Type.BigInt() })), /broken\.ask input\.big.*BigInt/);
});

test('a field that is called like a keyword is no keyword', () => {
  assert.doesNotThrow(withInput(Type.Object({ default: Type.String() })));
});

test('every schema of a contract survives its export as JSON', () => {
  const { input } = desk.calls.bookSeat;
  assert.deepEqual(JSON.parse(JSON.stringify(input)), {
    type: 'object',
    required: ['seatId', 'price'],
    properties: {
      seatId: { type: 'string', format: 'uuid' },
      price: JSON.parse(JSON.stringify(Money)),
    },
  });
});

test('a failure is recognised by its contract and code, also after crossing a wire', () => {
  const seatId = '018f1f9e-7a5c-7cc0-8000-000000000000';
  const made = desk.errors.seatTaken({ seatId });
  const record = JSON.parse(JSON.stringify(made.toRecord()));
  const rebuilt = new Failure(record);

  assert.ok(desk.errors.seatTaken.is(rebuilt));
  assert.deepEqual(rebuilt.details, { seatId });
  assert.deepEqual([rebuilt.code, rebuilt.status], ['seat_taken', 409]);
  assert.equal(desk.errors.closed.is(rebuilt), false);
  assert.equal(desk.errors.closed().status, 503);
});

test('an event takes its subject from its data', () => {
  const seatId = '018f1f9e-7a5c-7cc0-8000-000000000000';
  assert.deepEqual(desk.events.seatBooked({ seatId }), {
    contract: 'desk',
    name: 'seatBooked',
    subject: seatId,
    data: { seatId },
  });
});

test('a public door refuses unknown fields at every depth, and a module ignores them', () => {
  const shape = Type.Object({ list: Type.Array(Type.Object({ size: oneOf('s', 'm') })) });
  const value = { list: [{ size: 's', colour: 'red' }], extra: 1 };
  const publicDoor = compileValidator(shape, { unknownFields: 'refuse' });

  assert.equal(compileValidator(shape, { unknownFields: 'ignore' }).check(value), true);
  assert.equal(publicDoor.check(value), false);
  assert.deepEqual(
    publicDoor.errors(value).map(({ field, message }) => `${field} ${message}`),
    ['extra is not known here', 'list.0.colour is not known here'],
  );
  assert.equal(publicDoor.check({ list: [{ size: 's' }] }), true);
});

test('a validator names what is missing and what is wrong, field by field', () => {
  const validator = compileValidator(page(Type.Object({ id: Id })), { unknownFields: 'refuse' });
  assert.deepEqual(
    validator.errors({ items: [{ id: 'x' }, {}] }).map(({ field }) => field),
    ['nextCursor', 'items.0.id', 'items.1.id'],
  );
});
