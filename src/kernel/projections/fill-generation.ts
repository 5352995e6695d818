import { newTrace } from '../calls/context.ts';
import type { CloudEvent, EventTransport } from '../ports/event-transport.ts';
import type { Reader } from '../ports/store.ts';
import type { Write } from '../ports/work.ts';
import type { Projected, Projection } from './projection.ts';
import { movePosition, positionsOf } from './projection-rows.ts';

type Ground = {
  readonly reader: Reader;
  readonly write: Write;
  readonly transport: EventTransport;
};

/** Events a transaction: few enough that no command waits for them. */
const eventsAtOnce = 100;

/**
 * Reads on from where a generation stands, in each of its sources, and applies what it finds: effect
 * and position commit together. Answers whether it has read all that there is.
 */
export async function fillGeneration(
  projected: Projection,
  generation: number,
  ground: Ground,
  limit: number = eventsAtOnce,
): Promise<boolean> {
  const applies = appliesOf(projected);
  const positions = await positionsOf(ground.reader, projected.name, generation);
  let isAtEnd = true;
  for (const [source, from] of positions) {
    const { events, position: to } = await ground.transport.history(source).after(from, limit);
    if (events.length === 0) continue;
    if (events.length === limit) isAtEnd = false;
    const at = { name: projected.name, generation, source };
    await ground.write(newTrace(), async (tx, { sql }) => {
      // Somebody else was faster: what they did stands, and nothing is done twice.
      if (!(await movePosition(sql, at, from, to))) {
        // How far they came is not known here.
        isAtEnd = false;
        return;
      }
      for (const event of events) await applies.get(event.type)?.(tx, heardOf(event), generation);
    });
  }
  return isAtEnd;
}

export function sourcesOf({ events }: Projection): readonly string[] {
  return [...new Set(events.map(({ event }) => event.contract))];
}

function appliesOf({ events }: Projection): ReadonlyMap<string, Projected['apply']> {
  return new Map(events.map(({ event, apply }) => [`${event.contract}.${event.event}`, apply]));
}

function heardOf({ id, subject, sequence, time, data }: CloudEvent) {
  return { id, subject, sequence, time, data };
}
