import { command, defineContract, download, query, stream, upload } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { FileHead, Type } from '#kernel/schema';

const Anything = Type.Object({ value: Type.Unknown() });
const Flow = Type.Object({
  /** So many items or chunks, each of `size` characters or bytes. */
  count: Type.Integer(),
  size: Type.Integer(),
  /** Breaks after so many. */
  breaksAfter: Type.Optional(Type.Integer()),
  /** Under this name the test sees how it goes. */
  name: Type.String(),
});

/** What is asked in the tests of transports: something of every kind. */
export const desk = defineContract('desk', {
  calls: {
    echo: query('Answers what it was asked.', { input: Anything, output: Anything }),
    whoAsks: query('Tells what came with the call.', {
      input: Type.Object({}),
      output: Type.Object({
        caller: Type.String(),
        actor: Type.Unknown(),
        traceId: Type.String(),
        leftMs: Type.Number(),
      }),
    }),
    refuse: query('Refuses.', { input: Type.Object({}), output: Anything }),
    break: query('Breaks.', { input: Type.Object({}), output: Anything }),
    wait: query('Waits until the test lets it go, or its caller has gone.', {
      input: Type.Object({ name: Type.String() }),
      output: Type.Object({ name: Type.String() }),
    }),
    inflate: query('Answers with much.', {
      input: Type.Object({ size: Type.Integer() }),
      output: Type.Object({ text: Type.String() }),
    }),
    count: command('Counts.', {
      input: Type.Object({ tally: Type.String() }),
      output: Type.Object({ sum: Type.Integer(), key: Type.String() }),
    }),
    items: stream('Gives items.', {
      input: Flow,
      output: Type.Object({ nth: Type.Integer(), text: Type.String() }),
    }),
    keep: upload('Takes bytes.', {
      input: Type.Object({
        name: Type.String(),
        /** Reads so many chunks and then waits to be let go; all of them at once without. */
        pauseAfter: Type.Optional(Type.Integer()),
        readsNothing: Type.Optional(Type.Boolean()),
      }),
      output: Type.Object({ size: Type.Integer(), sha256: Type.String() }),
    }),
    show: download('Gives bytes.', {
      input: Type.Object({ ...Flow.properties, hasNone: Type.Optional(Type.Boolean()) }),
      output: Type.Object({ ...FileHead.properties, name: Type.String() }),
    }),
  },
  events: {},
  errors: {
    refused: failure(
      'payment_refused',
      'The desk refuses. ⛔',
      Type.Object({ why: Type.String(), nested: Type.Array(Type.Unknown()) }),
    ),
  },
});
