import type { Wrap } from '#kernel/calls/served-contract';
import type { Bytes } from '#kernel/ports/bytes';

/** What becomes of values and bytes on their way to another process and back. */
export const asOverTheWire: Wrap = { value: copyOf, bytes: cutAnew };

/** A deep, frozen copy. */
function copyOf(value: unknown): unknown {
  return value === undefined ? undefined : frozen(JSON.parse(JSON.stringify(value)));
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const child of Object.values(value)) frozen(child);
  return Object.freeze(value);
}

/** The same bytes in other chunks: very small ones at first, so that nobody counts on a whole header. */
async function* cutAnew(bytes: Bytes): AsyncGenerator<Uint8Array> {
  let size = 1;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      yield chunk.slice(at, at + size);
      at += size;
      size = Math.min(size * 2 + 1, 60_001);
    }
  }
}
