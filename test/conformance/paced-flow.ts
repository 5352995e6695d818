import { until } from '#test/until';

/** A source may be so far ahead of a reader that has stopped: what is on the way and in buffers. */
export const mostAhead = 12_000_000;
export const size = 60_000;
/** More than may be on the way. */
export const count = Math.ceil((mostAhead * 3) / size);

export async function all<T>(flow: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(flow);
}

/** Resolves when the value has not changed while much else could have happened. */
export async function settled(value: () => number): Promise<void> {
  let before = -1;
  let same = 0;
  await until(
    () => {
      same = value() === before ? same + 1 : 0;
      before = value();
      return same === 20;
    },
    { what: 'a source to stop' },
  );
}
