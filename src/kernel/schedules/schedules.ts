import { newTrace } from '../calls/context.ts';
import type { TraceContext } from '../ports/call-context.ts';
import type { Logger } from '../ports/logger.ts';
import type { SchedulesOperator } from '../ports/operator.ts';
import type { Store } from '../ports/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { MakeContext, Write } from '../ports/work.ts';
import { beginTask } from '../telemetry/work-spans.ts';
import { nextDueOf, patternOf } from './next-due.ts';
import type { Recurring } from './schedule.ts';
import { introduce, listSchedules, setNext, takeDue, waitOf } from './schedule-rows.ts';

type Ground = {
  readonly module: string;
  readonly store: Store;
  readonly write: Write;
  readonly makeContext: MakeContext;
  readonly log: Logger;
  /** Records a span for each time that something is done. */
  readonly telemetry?: Telemetry | undefined;
};

export type Schedules = {
  /** Makes the rows of what is new. Throws a `TypeError` for a pattern, zone or name that doesn't do. */
  start(): Promise<void>;
  /** Begins to do what is due. */
  begin(): void;
  /** Begins nothing more, and waits for what has begun. */
  stop(): Promise<void>;
  readonly operator: SchedulesOperator;
};

/** One time may take this long before its context is aborted. */
const roundMs = 30_000;

/** A schedule is looked at so often at least: its row may have changed, and clocks be set. */
const longestWaitMs = 60_000;

const firstRetryMs = 500;

/** Does what comes round, each due time once however many instances there are. */
export function createSchedules(recurring: readonly Recurring[], ground: Ground): Schedules {
  const { store } = ground;
  const stopping = new AbortController();
  const loops: Promise<void>[] = [];
  return {
    async start() {
      refuseTwins(recurring, ground.module);
      const known = new Map(
        (await listSchedules(store.reader)).map(({ name, pattern }) => [name, pattern]),
      );
      const news = recurring.filter(({ name, when }) => known.get(name) !== patternOf(when));
      if (news.length > 0) await introduceAll(news, store);
    },
    begin() {
      for (const task of recurring) loops.push(repeat(task, ground, stopping.signal));
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
    operator: { list: () => listSchedules(store.reader) },
  };
}

async function introduceAll(news: readonly Recurring[], store: Store): Promise<void> {
  const now = await store.now();
  const rows = await Promise.all(
    news.map(async ({ name, when }) => {
      const next = await nextDueOf(when);
      return { name, pattern: patternOf(when), dueAt: next(now, now) };
    }),
  );
  await store.write(async (raw) => {
    for (const row of rows) await introduce(raw, row);
  });
}

async function repeat(task: Recurring, ground: Ground, signal: AbortSignal): Promise<void> {
  const { store, module, log } = ground;
  for (let failures = 0; !signal.aborted; ) {
    try {
      const wait = await waitOf(store.reader, task.name);
      if (wait > 0) await pause(Math.min(wait, longestWaitMs), signal);
      else await doOnce(task, ground, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      log.error({ err: error, module, task: task.name, failures }, 'a recurring task failed');
      await pause(retryDelayMs(failures), signal);
    }
  }
}

async function doOnce(task: Recurring, ground: Ground, signal: AbortSignal): Promise<void> {
  const { module, telemetry } = ground;
  const span = telemetry && beginTask(telemetry, module, task.name);
  try {
    const isMine = await doDue(task, ground, signal, span?.trace ?? newTrace());
    if (isMine) span?.end();
    // Somebody else is at it: the row will tell when it is due again.
    else await pause(firstRetryMs * Math.random(), signal);
  } catch (error) {
    span?.end(error);
    throw error;
  }
}

/** Does what is due, in one transaction with the record that it is done; false when it was done. */
async function doDue(
  task: Recurring,
  { module, makeContext, store, write }: Ground,
  signal: AbortSignal,
  trace: TraceContext,
): Promise<boolean> {
  const key = `every:${module}.${task.name}`;
  const ctx = makeContext({ key, timeoutMs: roundMs, trace, signal });
  const next = await nextDueOf(task.when);
  const prepared = await task.prepare?.(ctx, store.reader);
  return await write(trace, async (tx, raw) => {
    const due = await takeDue(raw, task.name);
    if (!due) return false;
    const more = await task.commit(tx, prepared, { at: due.at });
    if (more !== 'again') await setNext(raw, task.name, next(due.at, due.now));
    return true;
  });
}

/** Full jitter below 500 ms · 2^n, a minute at most. */
function retryDelayMs(failures: number): number {
  return Math.random() * Math.min(longestWaitMs, firstRetryMs * 2 ** failures);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

function refuseTwins(recurring: readonly Recurring[], module: string): void {
  const names = new Set<string>();
  for (const { name } of recurring) {
    if (names.has(name)) throw new TypeError(`${module} has two recurring tasks called ${name}.`);
    names.add(name);
  }
}
