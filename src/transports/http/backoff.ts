/**
 * How long to leave alone who has failed so many times in a row (from 1): full jitter, so that those
 * that lost a neighbour together do not return together.
 */
export function restAfter(
  failures: number,
  {
    firstBackoffMs,
    lastBackoffMs,
  }: { readonly firstBackoffMs: number; readonly lastBackoffMs: number },
): number {
  return Math.random() * Math.min(lastBackoffMs, firstBackoffMs * 2 ** (failures - 1));
}
