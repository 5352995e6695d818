import { defineContract, query } from '#kernel/contract';
import { oneOf, type Static, Type } from '#kernel/schema';

/**
 * `off`: not wanted (`DEMO=0`, or a production start). `not_empty`: there were products already.
 * `loading` until every product is on its shelf, then `loaded`.
 */
const DemoState = oneOf('off', 'not_empty', 'loading', 'loaded');

const Demo = Type.Object({
  state: DemoState,
  /** Products on their shelves so far, with picture and stock. */
  products: Type.Integer({ minimum: 0 }),
  of: Type.Integer({ minimum: 0 }),
});
export type Demo = Static<typeof Demo>;

/** Fills an empty shop with something to look at, through the doors that everybody uses. */
export const demo = defineContract('demo', {
  calls: {
    showDemo: query('Tells how much of the demo catalogue is there.', {
      input: Type.Object({}),
      output: Demo,
    }),
  },
  events: {},
  errors: {},
});
