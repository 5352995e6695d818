import type { FailureRecord } from '../failure.ts';
import type { CloudEvent } from './event-transport.ts';

/** What went wrong last, for a person: a failure's code and title, or a bug's name and message. */
export type Problem = Pick<FailureRecord, 'code' | 'title'> & { readonly details?: unknown };

/**
 * `waiting` for its turn, for an earlier event of its subject, or for its next try; `parked` after
 * its last try, holding its subject; `skipped` after its last try, by declared policy;
 * `discarded` by a person; `done`.
 */
export type InboxState = 'waiting' | 'parked' | 'skipped' | 'discarded' | 'done';

export type InboxEntry = {
  readonly event: CloudEvent;
  readonly state: InboxState;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly receivedAt: string;
  readonly problem: Problem | null;
};

/** What operators see and mend of one module's events. `redrive` and `discard` answer how many it took. */
export type EventsOperator = {
  list(filter: { state?: InboxState; limit: number }): Promise<readonly InboxEntry[]>;
  show(eventId: string): Promise<InboxEntry | undefined>;
  redrive(eventIds: readonly string[] | 'all'): Promise<number>;
  discard(eventIds: readonly string[]): Promise<number>;
  /** Unpublished outbox rows and undone inbox rows, with the age of the oldest of each in ms. */
  lag(): Promise<{
    outbox: { rows: number; oldestMs: number };
    inbox: { rows: number; oldestMs: number; parked: number };
  }>;
  /** Milliseconds since each was last looked through with success. */
  sinceLookMs(): { readonly outbox: number; readonly inbox: number };
};

/** `manual`: exhausted its retries; an operator resumes it, or resolves it by hand. */
export type SagaStatus = 'running' | 'undoing' | 'completed' | 'undone' | 'manual';

export type SagaStepEntry = {
  readonly step: string;
  readonly direction: 'forward' | 'back';
  readonly outcome: 'started' | 'done' | 'failed' | 'unknown';
  readonly attempts: number;
  readonly at: string;
  readonly problem: Problem | null;
};

export type SagaEntry = {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly step: string;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly state: unknown;
  readonly problem: Problem | null;
  readonly steps: readonly SagaStepEntry[];
};

/** What operators see and mend of one module's sagas. */
export type SagasOperator = {
  list(filter: {
    status?: SagaStatus;
    name?: string;
    limit: number;
  }): Promise<readonly SagaEntry[]>;
  show(id: string): Promise<SagaEntry | undefined>;
  /** Tries a manual (or waiting) saga again now, from the step where it stands. */
  resume(id: string): Promise<boolean>;
  /**
   * Ends a manual saga by hand: a person has done, outside, what it could not. Its module's rows end as
   * by its own steps, or undos, that are left. The note is kept. Throws `sagaNotResolvable`, and
   * nothing is changed, when the saga can't end so.
   */
  resolve(id: string, outcome: 'completed' | 'undone', note: string): Promise<boolean>;
  /** Milliseconds since the recovery loop last looked at the rows with success. */
  sinceLookMs(): number;
};

export type ScheduleEntry = {
  readonly name: string;
  /** `every 60000 ms`, or a cron pattern and its zone. */
  readonly pattern: string;
  readonly dueAt: string;
  /** When it was last done; null before the first time. */
  readonly doneAt: string | null;
};

/** What operators see of the work that comes round in one module. */
export type SchedulesOperator = { list(): Promise<readonly ScheduleEntry[]> };

export type ProjectionEntry = {
  readonly name: string;
  readonly generation: number;
  readonly rebuilding: boolean;
  readonly asOf: string | null;
  readonly problem: string | null;
  /** How far it has read each source's history. */
  readonly positions: Readonly<Record<string, number>>;
};

/** What operators see and make anew of one module's projections. */
export type ProjectionsOperator = {
  list(): Promise<readonly ProjectionEntry[]>;
  /** Begins to fill a new generation from the first event that is kept; false when there is no such projection. */
  rebuild(name: string): Promise<boolean>;
};
