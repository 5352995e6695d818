import type { Handler } from '#kernel/handlers';

import type { Demo, demo } from '../contract.ts';
import { countGoods, findLook } from '../store/demo-store.ts';

export const showDemo: Handler<typeof demo.calls.showDemo> = async (read) => {
  const wasEmpty = await findLook(read);
  const { shelved, all } = await countGoods(read);
  return { state: stateOf(wasEmpty, shelved === all), products: shelved, of: all };
};

function stateOf(wasEmpty: boolean | null | undefined, isWhole: boolean): Demo['state'] {
  if (wasEmpty === undefined) return 'off';
  if (wasEmpty === false) return 'not_empty';
  return wasEmpty && isWhole ? 'loaded' : 'loading';
}
