import type { Reader, Sql } from '../ports/store.ts';

type ProjectionRow = {
  readonly live: number;
  readonly liveVersion: number;
  readonly building: number | undefined;
  readonly buildingVersion: number | undefined;
  readonly carried: boolean;
  readonly problem: string | null;
};

type Row = {
  live: number;
  live_version: number;
  building: number | null;
  building_version: number | null;
  carried: boolean | number;
  problem: string | null;
};

export async function findProjection(
  { sql }: Reader,
  name: string,
): Promise<ProjectionRow | undefined> {
  const [row] = await sql<Row>`select * from projections where name = ${name}`;
  return (
    row && {
      live: row.live,
      liveVersion: row.live_version,
      building: row.building ?? undefined,
      buildingVersion: row.building_version ?? undefined,
      carried: Boolean(row.carried),
      problem: row.problem,
    }
  );
}

/** The first generation is served from the start: what it lacks yet, its status tells. */
export async function insertProjection(
  sql: Sql,
  name: string,
  version: number,
  sources: readonly string[],
): Promise<void> {
  await sql`
    insert into projections (name, live, live_version, carried, last)
    values (${name}, 1, ${version}, ${true}, 1) on conflict do nothing`;
  await insertPositions(sql, name, 1, sources);
}

/** Begins a new generation; one that was being filled is left over. Answers the new one. */
export async function beginRebuild(
  sql: Sql,
  name: string,
  version: number,
  sources: readonly string[],
): Promise<void> {
  await sql`
    insert into projection_leftovers (name, generation)
    select name, building from projections where name = ${name} and building is not null`;
  const [begun] = await sql<{ last: number }>`
    update projections set last = last + 1, building = last + 1, building_version = ${version},
      carried = ${false}, problem = null
    where name = ${name} returning last`;
  if (begun) await insertPositions(sql, name, begun.last, sources);
}

async function insertPositions(
  sql: Sql,
  name: string,
  generation: number,
  sources: readonly string[],
): Promise<void> {
  for (const source of sources) {
    await sql`
      insert into projection_positions (name, generation, source, position)
      values (${name}, ${generation}, ${source}, 0) on conflict do nothing`;
  }
}

export async function positionsOf(
  { sql }: Reader,
  name: string,
  generation: number,
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ source: string; position: number }>`
    select source, position from projection_positions
    where name = ${name} and generation = ${generation}`;
  return new Map(rows.map(({ source, position }) => [source, Number(position)]));
}

/** False when somebody else has read on from there meanwhile: then their effect counts, and not ours. */
export async function movePosition(
  sql: Sql,
  { name, generation, source }: { name: string; generation: number; source: string },
  from: number,
  to: number,
): Promise<boolean> {
  const moved = await sql`
    update projection_positions set position = ${to}
    where name = ${name} and generation = ${generation} and source = ${source}
      and position = ${from}
    returning position`;
  return moved.length > 0;
}

export async function markCarried(sql: Sql, name: string, generation: number): Promise<void> {
  await sql`
    update projections set carried = ${true} where name = ${name} and building = ${generation}`;
}

/** Serves the generation that was being filled, if it has read as far as the served one everywhere. */
export async function swapGenerations(sql: Sql, name: string, building: number): Promise<boolean> {
  const swapped = await sql<{ live: number }>`
    update projections set live = building, live_version = building_version, building = null,
      building_version = null, problem = null
    where name = ${name} and building = ${building} and not exists (
      select 1 from projection_positions served
      left join projection_positions filled on filled.name = served.name
        and filled.source = served.source and filled.generation = ${building}
      where served.name = ${name} and served.generation = projections.live
        and filled.position < served.position)
    returning live`;
  return swapped.length > 0;
}

export async function markLeftover(sql: Sql, name: string, generation: number): Promise<void> {
  await sql`
    insert into projection_leftovers (name, generation) values (${name}, ${generation})
    on conflict do nothing`;
}

export async function findLeftover({ sql }: Reader, name: string): Promise<number | undefined> {
  const [row] = await sql<{ generation: number }>`
    select generation from projection_leftovers where name = ${name}
    order by generation limit 1`;
  return row?.generation;
}

export async function dropLeftover(sql: Sql, name: string, generation: number): Promise<void> {
  await sql`delete from projection_leftovers where name = ${name} and generation = ${generation}`;
  await sql`delete from projection_positions where name = ${name} and generation = ${generation}`;
}

export async function saveProblem(sql: Sql, name: string, problem: string | null): Promise<void> {
  await sql`update projections set problem = ${problem} where name = ${name}`;
}
