import type { CallContext } from '../ports/call-context.ts';
import type { Reader } from '../ports/store.ts';
import type { Tx } from '../ports/tx.ts';

/** Each so many milliseconds after the last time was done; what was missed meanwhile is one time. */
export type Interval = { readonly everyMs: number };

/** By the clock of an IANA zone: see `onCalendar`. */
export type Calendar = {
  readonly cron: string;
  readonly zone: string;
  readonly missed: 'once' | 'each';
};

/** A time that came round, in milliseconds since the epoch of the database's clock. */
export type Due = { readonly at: number };

/**
 * Work that comes round. However many instances run the module, each due time is done once: what
 * `commit` writes and the record that the time is done commit together.
 */
export type Recurring = {
  /** Names its row; unique within the module. */
  readonly name: string;
  readonly when: Interval | Calendar;
  readonly prepare: ((ctx: CallContext, read: Reader) => Promise<unknown>) | undefined;
  /** Answers `again` when there was more to do than fitted one transaction. */
  readonly commit: (
    tx: Tx,
    prepared: unknown,
    due: Due,
  ) => Promise<'again' | void> | 'again' | void;
};

type Commit<Args extends readonly unknown[]> = (
  tx: Tx,
  ...args: Args
) => Promise<'again' | void> | 'again' | void;

/** Does something about every so many milliseconds. */
export function every(everyMs: number, name: string, commit: Commit<[]>): Recurring {
  return { name, when: { everyMs }, prepare: undefined, commit: (tx) => commit(tx) };
}

/** As `every`, with a step before the transaction that may ask others; several may prepare one time. */
export function everyPrepared<Prepared>(
  everyMs: number,
  name: string,
  prepare: (ctx: CallContext, read: Reader) => Promise<Prepared>,
  commit: Commit<[prepared: Prepared]>,
): Recurring {
  return { name, when: { everyMs }, prepare, commit: commit as Recurring['commit'] };
}

/**
 * Does something at the times of a cron pattern (`0 6 * * *` is six o'clock each day) in an IANA zone.
 * A time that clocks skip is done when they have, and one that comes twice is done once. Times that
 * passed while no instance was up are done at the next start: all as `once`, or `each` by itself.
 */
export function onCalendar(when: Calendar, name: string, commit: Commit<[due: Due]>): Recurring {
  return { name, when, prepare: undefined, commit: (tx, _nothing, due) => commit(tx, due) };
}

/** As `onCalendar`, with a step before the transaction; several may prepare one time. */
export function onCalendarPrepared<Prepared>(
  when: Calendar,
  name: string,
  prepare: (ctx: CallContext, read: Reader) => Promise<Prepared>,
  commit: Commit<[prepared: Prepared, due: Due]>,
): Recurring {
  return { name, when, prepare, commit: commit as Recurring['commit'] };
}
