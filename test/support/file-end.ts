import { after } from 'node:test';

import type { Ending } from './temp-folder.ts';

const cleanUps: (() => void | Promise<void>)[] = [];

/**
 * The end of the whole test file, wherever it is asked for: `after` of `node:test` would mean the end
 * of the hook or test that happens to run. The last asked for is cleaned up first.
 */
export const fileEnd: Ending = {
  after(cleanUp) {
    cleanUps.push(cleanUp);
  },
};

after(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});
