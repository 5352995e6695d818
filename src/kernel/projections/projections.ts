import { newTrace } from '../calls/context.ts';
import { fullJitter, rest } from '../events/backoff.ts';
import { Failure } from '../failure.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProjectionsOperator } from '../ports/operator.ts';
import type { Reader } from '../ports/store.ts';
import { advance, type ProjectionGround } from './advance.ts';
import { sourcesOf } from './fill-generation.ts';
import { type Projection, statusOf } from './projection.ts';
import { beginRebuild, insertProjection, positionsOf, saveProblem } from './projection-rows.ts';

type Ground = ProjectionGround & { readonly projections: readonly Projection[] };

/** Keeps a module's projections up to date, and makes them anew when asked to. */
export type Projections = {
  /** Makes their rows, before anybody reads them. */
  start(): Promise<void>;
  /** Begins to read; after every module of the host serves its history. */
  begin(): void;
  /** A hint that something was published. One that waits after a failure waits on. */
  wake(): void;
  stop(): Promise<void>;
  readonly operator: ProjectionsOperator;
};

/**
 * After a hint it is looked a moment later, since others are probably on their way, and then after
 * twice the pause each time: who asks soon after something has happened gets fresh rows soon.
 */
const firstPauseMs = 50;
const longestPauseMs = 3_000;

const afterFailure = { firstDelayMs: 200, maxDelayMs: 30_000 };

export function createProjections(ground: Ground): Projections {
  const { reader, write, projections } = ground;
  const stopping = new AbortController();
  const loops = projections.map((projected) => createLoop(projected, ground, stopping.signal));
  const one = (name: string) => projections.find((projected) => projected.name === name);
  return {
    async start() {
      for (const projected of projections) {
        const { name, version } = projected;
        await write(newTrace(), (_tx, { sql }) =>
          insertProjection(sql, name, version, sourcesOf(projected)),
        );
      }
    },
    begin() {
      for (const loop of loops) loop.start();
    },
    wake() {
      for (const loop of loops) loop.wake();
    },
    async stop() {
      stopping.abort();
      for (const loop of loops) loop.hurry();
      await Promise.all(loops.map((loop) => loop.ended()));
    },
    operator: {
      list: () =>
        Promise.all(
          projections.map(async (projected) => {
            const positions = await standing(reader, projected);
            return { name: projected.name, ...(await statusOf(reader, projected)), positions };
          }),
        ),
      async rebuild(name) {
        const projected = one(name);
        if (!projected) return false;
        const { version } = projected;
        await write(newTrace(), (_tx, { sql }) =>
          beginRebuild(sql, name, version, sourcesOf(projected)),
        );
        for (const loop of loops) loop.hurry();
        return true;
      },
    },
  };
}

async function standing(reader: Reader, projected: Projection) {
  const { generation } = await statusOf(reader, projected);
  return Object.fromEntries(await positionsOf(reader, projected.name, generation));
}

function createLoop(projected: Projection, ground: Ground, signal: AbortSignal) {
  const { log, write } = ground;
  const { name } = projected;
  let nap = new AbortController();
  let pauseMs = 0;
  let running: Promise<void> = Promise.resolve();
  let failures = 0;

  async function turn(): Promise<void> {
    try {
      // One by one after a failure, so that everything before the event that it fails at gets in.
      const isAtEnd = await advance(projected, ground, failures > 0 ? 1 : undefined);
      if (failures > 0 && isAtEnd) {
        await write(newTrace(), (_tx, { sql }) => saveProblem(sql, name, null));
        failures = 0;
      }
      pauseMs = isAtEnd ? Math.min(longestPauseMs, Math.max(firstPauseMs, pauseMs * 2)) : 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      pauseMs = fullJitter(failures, afterFailure);
      tell(log, { err: error, projection: name }, failures);
      const problem = (error as Error).message.slice(0, 500);
      await write(newTrace(), (_tx, { sql }) => saveProblem(sql, name, problem)).catch(
        () => undefined,
      );
    }
  }

  return {
    start() {
      running = (async () => {
        while (!signal.aborted) {
          nap = new AbortController();
          await turn();
          if (pauseMs > 0) await rest(pauseMs, nap.signal);
          if (!nap.signal.aborted) continue;
          pauseMs = 0;
          await rest(firstPauseMs, signal);
        }
      })();
    },
    /** News is no reason to try again what failed: only its pause is. */
    wake() {
      if (failures === 0) nap.abort();
    },
    hurry: () => nap.abort(),
    ended: () => running,
  };
}

/** A neighbour that is away is no trouble of its own, and is told of once. */
function tell(log: Logger, facts: { err: unknown; projection: string }, failures: number): void {
  const isAway = facts.err instanceof Failure && facts.err.kind === 'unavailable';
  if (!isAway) log.error(facts, 'a projection stands still');
  else if (failures === 1) log.warn(facts, 'a projection waits for events');
}
