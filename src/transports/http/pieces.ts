import type { Bytes } from '#kernel/ports/bytes';

import { chunkBytes } from './limits.ts';

/**
 * The same bytes in pieces of at most `chunkBytes`: what a source gives at once may be of any size, and
 * credit is for pieces.
 */
export function inPieces(bytes: Bytes): Bytes {
  return {
    [Symbol.asyncIterator]() {
      const chunks = bytes[Symbol.asyncIterator]();
      let rest: Uint8Array | undefined;
      const cut = (chunk: Uint8Array): IteratorResult<Uint8Array> => {
        rest = chunk.length > chunkBytes ? chunk.subarray(chunkBytes) : undefined;
        return { done: false, value: rest ? chunk.subarray(0, chunkBytes) : chunk };
      };
      return {
        next: () => {
          if (rest) return Promise.resolve(cut(rest));
          return chunks.next().then((next) => (next.done ? next : cut(next.value)));
        },
        return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}
