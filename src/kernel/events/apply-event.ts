import type { Subscription } from '../handlers.ts';
import type { TraceContext } from '../ports/call-context.ts';
import type { Logger } from '../ports/logger.ts';
import type { Problem } from '../ports/operator.ts';
import type { Store } from '../ports/store.ts';
import type { Span, Telemetry } from '../ports/telemetry.ts';
import type { MakeContext, Write } from '../ports/work.ts';
import { storeUnavailable } from '../stores/store-failures.ts';
import { beginHandling } from '../telemetry/work-spans.ts';
import { fullJitter, within } from './backoff.ts';
import { isMalformedPlace, malformedProblem, traceOf } from './cloud-event.ts';
import { endEvent, recordFailure } from './inbox-rows.ts';
import { type Lane, type LaneRow, moveLane } from './lane-rows.ts';
import {
  commitAll,
  dataProblem,
  heard,
  prepareAll,
  problemOf,
  type Subscribers,
} from './subscriptions.ts';
import { type Applied, type Attempt, createTakeOver } from './take-over.ts';

/** How often an event is tried, and how long between: full jitter. */
export type RetryPolicy = {
  /** Attempts before it is parked or skipped; also, starts of a process that it may kill. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
};

export type ApplyOptions = {
  readonly module: string;
  /** Names this process among those that share the inbox. */
  readonly instance: string;
  readonly store: Store;
  readonly write: Write;
  readonly makeContext: MakeContext;
  readonly subscribers: Subscribers;
  readonly policy: RetryPolicy;
  readonly log: Logger;
  readonly telemetry?: Telemetry | undefined;
  readonly isAfterCrash: () => boolean;
  /** Aborted when the inbox stops. */
  readonly signal: AbortSignal;
};

export type ApplyEvent = (lane: Lane, row: LaneRow) => Promise<Applied>;

/** For the first step of a subscriber. */
const prepareTimeoutMs = 10_000;

/** After trouble of the store, which says nothing of the event. */
const trouble = { firstDelayMs: 1000, maxDelayMs: 1000 };

/**
 * Makes the function that lets one event take effect: all subscriptions of the module to it, its own
 * end and the step of its lane in one transaction. It never throws.
 */
export function createApplyEvent(options: ApplyOptions): ApplyEvent {
  const { policy, signal, log } = options;
  const takeOver = createTakeOver({ ...options, attempts: policy.attempts });
  const then = {
    attempt: (attempt: Attempt) => tryEvent(options, attempt),
    exhausted: (attempt: Attempt) => giveUp(options, attempt, crashed),
  };
  return async (lane, row) => {
    try {
      return await takeOver(lane, row, then);
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, eventId: row.id }, 'the inbox is out of order');
      return fullJitter(1, trouble);
    }
  };
}

const crashed: Problem = {
  code: 'crashed',
  title: 'The process ended each time while this event was being handled.',
};

async function tryEvent(options: ApplyOptions, attempt: Attempt): Promise<Applied> {
  const { run, event, lane } = attempt;
  const unusable = isMalformedPlace(lane.subject)
    ? malformedProblem(event, lane.source)
    : dataProblem(run.subscribers, event.data);
  if (unusable) return giveUp(options, attempt, unusable);
  return takeEffect(options, attempt, null, (error) => failed(options, attempt, error));
}

/** Both steps. `refused` decides what becomes of an event that a subscriber threw at. */
async function takeEffect(
  options: ApplyOptions,
  attempt: Attempt,
  problem: Problem | null,
  refused: (error: unknown) => Promise<Applied>,
): Promise<Applied> {
  const { telemetry, module } = options;
  let span: Span | undefined;
  try {
    span = telemetry && beginHandling(telemetry, module, attempt.event);
    const trace = span?.trace ?? traceOf(attempt.event);
    const prepared = await prepare(options, attempt, trace);
    await commit(options, attempt, { trace, prepared, problem });
    span?.end();
    return 'passed';
  } catch (error) {
    span?.end(error);
    if (options.signal.aborted) return 'held';
    if (error instanceof StoreTrouble) throw error.cause;
    return refused(error);
  }
}

function prepare(
  { module, makeContext, store, signal }: ApplyOptions,
  { run, event }: Attempt,
  trace: TraceContext,
): Promise<readonly unknown[]> {
  return prepareAll(run, ({ prepare: step }: Subscription, nth) => {
    if (!step) return undefined;
    const key = `event:${event.id}:${module}${nth === 0 ? '' : `:${nth}`}`;
    const cause = { key, timeoutMs: prepareTimeoutMs, trace, signal };
    const prepared = step(makeContext(cause), heard(event), store.reader);
    return within(prepareTimeoutMs, `Preparing for ${event.type}`, prepared);
  });
}

type Effect = {
  readonly trace: TraceContext;
  readonly prepared: readonly unknown[];
  readonly problem: Problem | null;
};

/** The one transaction. When somebody else has moved the lane meanwhile, it changes nothing. */
async function commit(
  { write }: ApplyOptions,
  { lane, row: { sequence }, event, run }: Attempt,
  { trace, prepared, problem }: Effect,
): Promise<void> {
  const written = write(trace, async (tx, { sql }) => {
    if (!(await moveLane(sql, lane, sequence - 1, sequence))) return;
    await commitAll(run, tx, heard(event), prepared);
    await endEvent(sql, { ...lane, sequence }, problem ? 'skipped' : 'done', problem);
  });
  await written.catch((error) => {
    throw storeUnavailable.is(error) ? new StoreTrouble(error) : error;
  });
}

/** The module's own store could not be written: no fault of the event, so no attempt is counted. */
class StoreTrouble extends Error {
  constructor(cause: unknown) {
    super('The store could not be written.', { cause });
  }
}

async function failed(options: ApplyOptions, attempt: Attempt, error: unknown): Promise<Applied> {
  const { store, policy, log } = options;
  const { lane, row, event } = attempt;
  const attempts = attemptsOf(attempt);
  const problem = problemOf(error);
  if (attempts >= policy.attempts) return giveUp(options, attempt, problem, error);
  const delayMs = fullJitter(attempts, policy);
  log.warn(
    { err: error, eventId: event.id, type: event.type, attempts, delayMs },
    'an event could not be handled; it will be tried again',
  );
  await store.write(({ sql }) =>
    recordFailure(sql, { ...lane, ...row }, { attempts, delayMs, problem }),
  );
  return delayMs;
}

/** After the last attempt: subscribers that skip poison give the event up; for the others it is parked. */
async function giveUp(
  options: ApplyOptions,
  attempt: Attempt,
  problem: Problem,
  error?: unknown,
): Promise<Applied> {
  const { run, event, row, lane } = attempt;
  const facts = { err: error, problem, eventId: row.id, type: event.type, subject: lane.subject };
  if (run.giveUp()) {
    options.log.error(facts, 'an event was skipped after its last attempt');
    return takeEffect(options, attempt, problem, (next) =>
      giveUp(options, attempt, problemOf(next), next),
    );
  }
  options.log.error(facts, 'an event was parked; its subject waits for a person');
  const attempts = attemptsOf(attempt);
  await options.store.write(({ sql }) =>
    recordFailure(sql, { ...lane, ...row }, { attempts, delayMs: 'parked', problem }),
  );
  return 'held';
}

function attemptsOf({ counted, row }: Attempt): number {
  return counted ? row.attempts : row.attempts + 1;
}
