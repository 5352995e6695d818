import { parentPort, workerData } from 'node:worker_threads';

import { readOperatorToken } from '#kernel/http/operator-token';

type Given = {
  readonly folders: readonly string[];
  /** For each folder: how many have come to it. */
  readonly turns: SharedArrayBuffer;
  readonly of: number;
};

// Looks into one folder after another, into each at the same moment as all the others.
const { folders, turns, of }: Given = workerData;
const come = new Int32Array(turns);
const found = folders.map((folder, nth) => {
  Atomics.add(come, nth, 1);
  while (Atomics.load(come, nth) < of);
  try {
    return readOperatorToken(folder, undefined);
  } catch (error) {
    return String(error);
  }
});
parentPort?.postMessage(found);
