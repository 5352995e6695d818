import { newTrace } from '../calls/context.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventTransport } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Reader } from '../ports/store.ts';
import type { Write } from '../ports/work.ts';
import { fillGeneration, sourcesOf } from './fill-generation.ts';
import { noteCaughtUp, noteOutdated, type Projection } from './projection.ts';
import {
  beginRebuild,
  dropLeftover,
  findLeftover,
  findProjection,
  markCarried,
  markLeftover,
  movePosition,
  positionsOf,
  swapGenerations,
} from './projection-rows.ts';

/** What a projection reads from, writes to and tells. */
export type ProjectionGround = {
  readonly reader: Reader;
  readonly write: Write;
  readonly transport: EventTransport;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Rows a transaction of carrying and forgetting. */
const rowsAtOnce = 500;

/** Does one round of all that there is to do. Answers whether everything is up to date. */
export async function advance(
  projected: Projection,
  ground: ProjectionGround,
  limit?: number,
): Promise<boolean> {
  const { reader, write, clock } = ground;
  const { name, version } = projected;
  const row = await findProjection(reader, name);
  if (!row) return true;
  const { live, building } = row;
  const isNew = row.liveVersion < version && (row.buildingVersion ?? 0) < version;
  if (isNew) {
    await write(newTrace(), (_tx, { sql }) =>
      beginRebuild(sql, name, version, sourcesOf(projected)),
    );
    return false;
  }
  if (row.liveVersion > version) noteOutdated(projected, row.liveVersion);
  const since = clock.now();
  const isLive =
    row.liveVersion !== version || (await fillGeneration(projected, live, ground, limit));
  if (isLive && row.liveVersion === version) noteCaughtUp(projected, since);
  if (building === undefined || row.buildingVersion !== version) {
    return (await tidy(projected, ground)) && isLive;
  }
  if (!row.carried && !(await carry(projected, live, building, ground))) return false;
  const isFilled = await fillGeneration(projected, building, ground, limit);
  // The served one may have read on meanwhile: there is more to do, and no hurry.
  return isFilled && !(await swap(projected, live, building, ground)) && isLive;
}

/** Takes over what the owners' histories no longer hold. Answers whether that is done. */
async function carry(
  projected: Projection,
  live: number,
  building: number,
  { write, reader, transport }: ProjectionGround,
): Promise<boolean> {
  const { name } = projected;
  const read = await positionsOf(reader, name, live);
  const kept = await Promise.all(
    sourcesOf(projected).map(async (source) => {
      const { events, position } = await transport.history(source).after(0, 1);
      const to = read.get(source) ?? 0;
      return { source, to, isWhole: events.length > 0 ? position === 1 : to === 0, events };
    }),
  );
  return await write(newTrace(), async (tx, { sql }) => {
    const isWhole = kept.every((one) => one.isWhole);
    if (!isWhole && (await projected.carry(tx, live, building, rowsAtOnce))) return false;
    for (const { source, to, events } of kept) {
      // Nothing is left to read; whatever comes stands behind what the served one has read.
      if (events.length === 0) {
        await movePosition(sql, { name, generation: building, source }, 0, to);
      }
    }
    await markCarried(sql, name, building);
    return true;
  });
}

async function swap(
  { name }: Projection,
  live: number,
  building: number,
  { write, log }: ProjectionGround,
): Promise<boolean> {
  const swapped = await write(newTrace(), async (_tx, { sql }) => {
    const isDone = await swapGenerations(sql, name, building);
    if (isDone) await markLeftover(sql, name, live);
    return isDone;
  });
  if (swapped) log.info({ projection: name, generation: building }, 'a projection was rebuilt');
  return swapped;
}

/** Removes rows that nobody reads any more, some at a time. Answers whether none are left. */
async function tidy(projected: Projection, { reader, write }: ProjectionGround): Promise<boolean> {
  const generation = await findLeftover(reader, projected.name);
  if (generation === undefined) return true;
  await write(newTrace(), async (tx, { sql }) => {
    const more = await projected.forget(tx, generation, rowsAtOnce);
    if (!more) await dropLeftover(sql, projected.name, generation);
  });
  return false;
}
