import { command, defineContract, event, query, stream } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { oneOf, Type } from '#kernel/schema';

const Sku = Type.String({ maxLength: 40, pattern: '^[a-z]+$' });
const Line = Type.Object({ sku: Sku }, { additionalProperties: false });
const input = {
  sku: Sku,
  quantity: Type.Integer({ minimum: 1, maximum: 100 }),
  speed: oneOf('slow', 'fast'),
  note: Type.Optional(Type.String()),
  lines: Type.Array(Line, { maxItems: 10 }),
};
const output = {
  state: oneOf('held', 'sold'),
  left: Type.Integer({ minimum: 0 }),
  name: Type.String({ maxLength: 40 }),
  price: Type.Object({ amount: Type.Integer(), unit: Type.String() }),
};
const data = { sku: Sku, bin: Type.String(), left: Type.Integer() };

const calls = {
  reserve: command('Reserves.', { input: Type.Object(input), output: Type.Object(output) }),
  look: query('Looks.', { input: Type.Object({}), output: Type.Object({}) }),
};
const events = {
  reserved: event('Reserved.', { subject: 'sku', data: Type.Object(data) }),
  counted: event('Counted.', { subject: 'sku', data: Type.Object(data) }),
};
const errors = {
  outOfStock: failure('conflict', 'None left.', Type.Object({ left: Type.Integer() })),
  closed: failure('unavailable', 'Come back tomorrow.'),
};

/** What every change begins with. */
export const before = defineContract('stock', { calls, events, errors });

type Fields = Parameters<typeof Type.Object>[0];

const withInput = (fields: Fields) =>
  withCalls({ reserve: { ...calls.reserve, input: Type.Object({ ...input, ...fields }) } });
const withOutput = (fields: Fields) =>
  withCalls({ reserve: { ...calls.reserve, output: Type.Object({ ...output, ...fields }) } });
const withData = (fields: Fields) =>
  withEvents({ reserved: { ...events.reserved, data: Type.Object({ ...data, ...fields }) } });
const withCalls = (changed: object) =>
  defineContract('stock', { calls: { ...calls, ...changed }, events, errors });
const withEvents = (changed: object) =>
  defineContract('stock', { calls, events: { ...events, ...changed }, errors });
const withErrors = (changed: object) =>
  defineContract('stock', { calls, events, errors: { ...errors, ...changed } });

function without<T extends object, K extends keyof T>(from: T, name: K): Omit<T, K> {
  const { [name]: _gone, ...rest } = from;
  return rest;
}

const outOfStock = (details: Fields) => ({
  outOfStock: failure('conflict', 'None left.', Type.Object(details)),
});

/** The contract after each change, by the words of the guide. */
export const changes = {
  'another sentence of documentation': withCalls({
    look: { ...calls.look, summary: 'Looks around.' },
  }),
  'a new call': withCalls({ count: calls.look }),
  'a call is gone': defineContract('stock', { calls: { look: calls.look }, events, errors }),
  'a call is of another kind': withCalls({
    look: stream('Looks.', { input: calls.look.input, output: calls.look.output }),
  }),

  'a new optional field in an input': withInput({ gift: Type.Optional(Type.Boolean()) }),
  'a new field in an input': withInput({ gift: Type.Boolean() }),
  'a field of an input becomes optional': withInput({ quantity: Type.Optional(input.quantity) }),
  'a field of an input is gone': withCalls({
    reserve: { ...calls.reserve, input: Type.Object(without(input, 'quantity')) },
  }),
  'a limit of an input is wider': withInput({
    quantity: Type.Integer({ minimum: 1, maximum: 500 }),
  }),
  'a limit of an input is narrower': withInput({
    quantity: Type.Integer({ minimum: 1, maximum: 50 }),
  }),
  'a new word in an input': withInput({ speed: oneOf('slow', 'fast', 'now') }),
  'a word of an input is gone': withInput({ speed: oneOf('fast') }),
  'another pattern': withInput({ sku: Type.String({ maxLength: 40, pattern: '^[a-z-]+$' }) }),
  'a new optional field in an object without other fields': withInput({
    lines: Type.Array(
      Type.Object(
        { sku: Sku, gift: Type.Optional(Type.Boolean()) },
        { additionalProperties: false },
      ),
      { maxItems: 10 },
    ),
  }),

  'a new field in an answer': withOutput({ place: Type.String() }),
  'a new optional field in an answer': withOutput({ place: Type.Optional(Type.String()) }),
  'a field of an answer is gone': withCalls({
    reserve: { ...calls.reserve, output: Type.Object(without(output, 'left')) },
  }),
  'a field of an answer becomes optional': withOutput({ left: Type.Optional(output.left) }),
  'a field of an answer may be null': withOutput({ left: Type.Union([output.left, Type.Null()]) }),
  'a new word in an answer': withOutput({ state: oneOf('held', 'sold', 'lost') }),
  'a text of an answer may be longer': withOutput({ name: Type.String({ maxLength: 80 }) }),
  'a field within a field is of another type': withOutput({
    price: Type.Object({ amount: Type.Number(), unit: Type.String() }),
  }),

  'a new failure': withErrors({ broken: failure('conflict', 'It fell.') }),
  'a failure is gone': defineContract('stock', {
    calls,
    events,
    errors: { outOfStock: errors.outOfStock },
  }),
  'a failure is of another kind': withErrors({
    closed: failure('forbidden', 'Come back tomorrow.'),
  }),
  'a new field in the details of a failure': withErrors(
    outOfStock({ left: Type.Integer(), sku: Sku }),
  ),

  'a new event': withEvents({ lost: events.reserved }),
  'an event is gone': defineContract('stock', {
    calls,
    events: { counted: events.counted },
    errors,
  }),
  'a new field in an event': withData({ shelf: Type.String() }),
  'a new optional field in an event': withData({ shelf: Type.Optional(Type.String()) }),
  'a field of an event is gone': withEvents({
    reserved: { ...events.reserved, data: Type.Object(without(data, 'left')) },
  }),
  'an event is ordered by another field': withEvents({
    reserved: { ...events.reserved, subject: 'bin' },
  }),
};
