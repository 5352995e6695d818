import type { EventMaker } from '../contract.ts';
import { rest } from '../events/backoff.ts';
import type { Heard } from '../handlers.ts';
import type { Reader } from '../ports/store.ts';
import type { Tx } from '../ports/tx.ts';

/**
 * Applies an event to the rows of a generation. It gets every event of its type that its owner still
 * keeps, those of a subject in order, each once; after a rebuild from a history that is no longer
 * whole also events whose effect was carried over, so its effect must be a fact set, not a count added.
 */
export type ApplyToGeneration<Data> = (
  tx: Tx,
  event: Heard<Data>,
  generation: number,
) => Promise<void> | void;

export type Projected = {
  readonly event: EventMaker;
  readonly apply: ApplyToGeneration<unknown>;
};

/** Moves at most `limit` rows, and answers `again` when there may be more. */
type InSteps = Promise<'again' | void>;

/**
 * Rows that follow from events and can be made again from the first one. They carry the generation
 * that they belong to: a rebuild fills a new one beside that which is served, and then takes its place.
 */
export type Projection = {
  readonly name: string;
  /** Raised when what is made of the events changes: then it rebuilds by itself. */
  readonly version: number;
  readonly events: readonly Projected[];
  /** Removes rows of a generation that is served no more. */
  readonly forget: (tx: Tx, generation: number, limit: number) => InSteps;
  /** Copies what the owners no longer keep the events of; `to` begins empty. */
  readonly carry: (tx: Tx, from: number, to: number, limit: number) => InSteps;
};

/** What somebody who reads the rows has to know. */
export type ProjectionStatus = {
  /** The generation to read. */
  readonly generation: number;
  /** A new generation is being filled. */
  readonly rebuilding: boolean;
  /** When all that had been committed was last known to be in it: ISO 8601 UTC, null before that. */
  readonly asOf: string | null;
  /** Why it stands still, if it does. */
  readonly problem: string | null;
};

export function when<Data>(event: EventMaker<Data>, apply: ApplyToGeneration<Data>): Projected {
  return { event, apply } as Projected;
}

/** Throws a `TypeError` for a name that is no identifier, and when an event stands twice. */
export function projection(name: string, parts: Omit<Projection, 'name'>): Projection {
  if (!/^[a-zA-Z][a-zA-Z0-9]*$/.test(name)) {
    throw new TypeError(`Projection ${name} needs a plain name.`);
  }
  const types = parts.events.map(({ event }) => `${event.contract}.${event.event}`);
  if (new Set(types).size < types.length) {
    throw new TypeError(`Projection ${name} applies an event twice.`);
  }
  return { name, ...parts };
}

const lookEveryMs = 100;

type Watched = {
  /** When it last found nothing new. */
  readonly caughtUpAt?: number | undefined;
  /** Why this process does not read on, whatever others do. */
  readonly problem?: string | undefined;
};

/** What this process knows beside the rows. */
const watched = new WeakMap<Projection, Watched>();

export function noteCaughtUp(projected: Projection, now: number): void {
  watched.set(projected, { caughtUpAt: now });
}

/** A newer version has made the rows, in this process's past or in another one that runs. */
export function noteOutdated(projected: Projection, liveVersion: number): void {
  const { name, version } = projected;
  const problem = `The rows of ${name} are of version ${liveVersion}, and this process makes version ${version}: it leaves them as they are until they are rebuilt.`;
  watched.set(projected, { ...watched.get(projected), problem });
}

/**
 * Waits until all that had been committed at `since` is in the rows. Throws an `Error` that says why
 * they are not complete when `signal` aborts before.
 */
export async function caughtUp(
  read: Reader,
  projected: Projection,
  since: number,
  signal: AbortSignal,
): Promise<void> {
  while ((watched.get(projected)?.caughtUpAt ?? 0) < since) {
    await rest(lookEveryMs, signal);
    if (!signal.aborted) continue;
    const { problem } = await statusOf(read, projected);
    const why = problem ?? 'events are on their way still';
    throw new Error(`The rows of ${projected.name} are not complete: ${why}.`);
  }
}

/** Read it in the same query as the rows, so that the generation is still there. */
export async function statusOf({ sql }: Reader, projected: Projection): Promise<ProjectionStatus> {
  const [row] = await sql<{ live: number; building: number | null; problem: string | null }>`
    select live, building, problem from projections where name = ${projected.name}`;
  const { caughtUpAt: at, problem } = watched.get(projected) ?? {};
  return {
    generation: row?.live ?? 1,
    rebuilding: row !== undefined && row.building !== null,
    asOf: at === undefined ? null : new Date(at).toISOString(),
    problem: row?.problem ?? problem ?? null,
  };
}
