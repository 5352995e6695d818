import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { ApplyEvent } from './apply-event.ts';
import { fullJitter } from './backoff.ts';
import type { CloseGap } from './gaps.ts';
import { headOfLane, holdLane, type Lane, type LaneRow, restLane } from './lane-rows.ts';
import type { RunLane } from './lanes.ts';

type Options = {
  readonly store: Store;
  readonly apply: ApplyEvent;
  readonly closeGap: CloseGap;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** Rows a look, and looks a turn: then other lanes have theirs. */
const rowsALook = 16;
const looksATurn = 8;

const trouble = { firstDelayMs: 1000, maxDelayMs: 1000 };

/** Makes the runner of a lane: it lets events take effect strictly one after another, from the store. */
export function createLaneRun(options: Options): RunLane {
  const { store, signal, log } = options;
  return async (lane) => {
    try {
      for (let look = 0; look < looksATurn; look += 1) {
        const rows = await headOfLane(store.reader, lane, rowsALook);
        const next = await runRows(options, lane, rows);
        if (signal.aborted || next === 'nothing') return undefined;
        if (typeof next === 'number') return next;
      }
      return 0;
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, ...lane }, 'a lane could not be read');
      return fullJitter(1, trouble);
    }
  };
}

/** `more`: look again. `nothing`: until something comes. A number: look again in so many ms. */
type Next = 'more' | 'nothing' | number;

async function runRows(options: Options, lane: Lane, rows: readonly LaneRow[]): Promise<Next> {
  const { store, closeGap } = options;
  const [head, ...followers] = rows;
  if (!head) return 'nothing';
  if (head.sequence > head.passed + 1) return closeGap(lane, head);
  if (head.state === 'parked') {
    if (followers.length > 0) await store.write(({ sql }) => holdLane(sql, lane));
    return 'nothing';
  }
  const restMs = (head.due_at ?? 0) - head.now;
  if (restMs > 0) {
    if (followers.some(({ due_at }) => (due_at ?? head.now) < head.now))
      await store.write(({ sql }) => restLane(sql, lane, restMs));
    return restMs;
  }
  return applyRows(options, lane, rows);
}

async function applyRows(
  { apply, signal }: Options,
  lane: Lane,
  rows: readonly LaneRow[],
): Promise<Next> {
  let expected = (rows[0]?.passed ?? 0) + 1;
  for (const row of rows) {
    if (row.sequence !== expected || row.state === 'parked') return 'more';
    expected += 1;
    const applied = await apply(lane, row);
    if (signal.aborted) return 'nothing';
    if (applied !== 'passed') return applied === 'held' ? 'more' : applied;
  }
  return 'more';
}
