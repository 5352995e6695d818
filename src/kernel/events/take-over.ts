import type { CloudEvent } from '../ports/event-transport.ts';
import type { Store } from '../ports/store.ts';
import { adoptEvent, nobody } from './inbox-rows.ts';
import type { Lane, LaneRow } from './lane-rows.ts';
import { type Run, type Subscribers, startRun } from './subscriptions.ts';

/** `passed`: the lane has moved on. A number: look again in so many ms. `held`: the lane stands still. */
export type Applied = 'passed' | 'held' | number;

/** One attempt at one event. */
export type Attempt = {
  readonly lane: Lane;
  readonly row: LaneRow;
  readonly event: CloudEvent;
  readonly run: Run;
  /** Recorded before it began. */
  readonly counted: boolean;
};

type Options = {
  readonly instance: string;
  readonly store: Store;
  readonly subscribers: Subscribers;
  readonly attempts: number;
  /** Whether who seems to live may have died just now. */
  readonly isAfterCrash: () => boolean;
  readonly signal: AbortSignal;
};

/** Whose last try it was may still be at it: its sign of life has not run out. */
const maybeAliveMs = 250;

export type TakeOver = (
  lane: Lane,
  row: LaneRow,
  then: {
    attempt(attempt: Attempt): Promise<Applied>;
    /** It has ended a process as often as it may. */
    exhausted(attempt: Attempt): Promise<Applied>;
  },
) => Promise<Applied>;

/**
 * An event whose owner died may be what killed it. So its attempt is recorded before it is made; and
 * one that stood at its attempt before is tried alone, so that the next crash is nobody else's
 * fault. What arrived in this process pays none of this.
 * A process that is restarted at once still seems to live: for a while after such a start, the events
 * of all others count as those of the dead. Only to give one up, its owner must be dead for certain.
 */
export function createTakeOver(options: Options): TakeOver {
  const { store, instance, subscribers, signal, isAfterCrash } = options;
  let suspects: Promise<unknown> = Promise.resolve();

  return async (lane, row, then) => {
    const event = (JSON.parse(row.event) ?? {}) as CloudEvent;
    const run = startRun(subscribers.to(event.type));
    const attempt = { lane, row, event, run, counted: false };
    const isTrusted = row.owner === instance || (row.owner_alive && !isAfterCrash());
    if (run.subscribers.length === 0 || isTrusted) return then.attempt(attempt);
    const isReturned = row.owner === nobody;
    if (!isReturned && row.attempts >= options.attempts) {
      return row.owner_alive ? maybeAliveMs : then.exhausted({ ...attempt, counted: true });
    }

    const adopt = async (): Promise<Applied> => {
      if (signal.aborted) return 'held';
      const seen = { ...lane, ...row };
      if (!(await store.write(({ sql }) => adoptEvent(sql, seen, instance)))) return 'held';
      const attempts = row.attempts + (isReturned ? 0 : 1);
      const adopted = { ...row, owner: instance, attempts };
      return then.attempt({ ...attempt, row: adopted, counted: !isReturned });
    };
    if (isReturned || row.attempts === 0) return adopt();
    const turn = suspects.then(adopt);
    suspects = turn.catch(() => undefined);
    return turn;
  };
}
