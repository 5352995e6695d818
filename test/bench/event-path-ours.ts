import { createRelay } from '#kernel/events/relay';
import { on } from '#kernel/handlers';
import { createLogger } from '#kernel/log';
import type { EventCarrier, EventTransport, HearersOf } from '#kernel/ports/event-transport';
import { systemClock } from '#kernel/system-clock';
import {
  freshPlace,
  openListener,
  openTeller,
  type Place,
  type Teller,
  teller,
} from '#test/event-parties';
import type { Ending } from '#test/temp-folder';

import { inProcessEvents } from '../../src/transports/in-process/events.ts';
import { createEffects, type Effects, type EventPath, subjects } from './event-path.ts';

const log = createLogger('warn');

export type OpenCarrier = (hearersOf: HearersOf) => EventCarrier;

/** The kernel's own relay and inbox, on real stores, over the carrier of one broker. */
export async function ourPath(name: string, open: OpenCarrier): Promise<EventPath> {
  const end = createEnd();
  const drained = await openDrained(open, end);
  const idle = await openIdle(open, end);
  return {
    name,
    fill: drained.fill,
    drain: drained.drain,
    one: idle.one,
    async close() {
      await drained.close();
      await idle.close();
      await end.come();
    },
  };
}

/** Not that of `node:test`, which follows each promise of a process that loads it. */
function createEnd(): Ending & { come(): Promise<void> } {
  const cleanUps: (() => void | Promise<void>)[] = [];
  return {
    after: (cleanUp) => void cleanUps.push(cleanUp),
    async come() {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    },
  };
}

/** Nothing publishes before `drain`. */
async function openDrained(open: OpenCarrier, end: Ending) {
  const place = await freshPlace({ name: 'sqlite' }, end);
  const effects = createEffects();
  const { transport, close } = connected(open, 'drained');
  const source = await openTeller({ place, transport, isQuiet: true });
  const sink = await openSink(place, transport, 'drained', effects);
  let told = 0;
  return {
    async fill(events: number) {
      await tellAll(source, told, events);
      told += events;
    },
    async drain() {
      const relay = createRelay({
        store: source.store,
        source: 'teller',
        transport,
        clock: systemClock,
        log,
      });
      relay.start();
      await effects.reach(told);
      await relay.stop();
    },
    async close() {
      await close();
      await Promise.all([source.stop(), sink.stop()]);
    },
  };
}

async function openIdle(open: OpenCarrier, end: Ending) {
  const place = await freshPlace({ name: 'sqlite' }, end);
  const effects = createEffects();
  const { transport, close } = connected(open, 'idle');
  const source = await openTeller({ place, transport });
  const sink = await openSink(place, transport, 'idle', effects);
  let told = 0;
  return {
    async one() {
      told += 1;
      await source.tell({ story: `idle ${told}`, line: told });
      const committed = performance.now();
      await effects.reach(told);
      return effects.lastAt - committed;
    },
    async close() {
      await close();
      await Promise.all([source.stop(), sink.stop()]);
    },
  };
}

/** Two connections to the broker, as two hosts have, and the histories of one process. */
function connected(open: OpenCarrier, hearer: string) {
  const histories = inProcessEvents();
  const [here, there] = [open(() => [hearer]), open(() => [hearer])];
  const transport: EventTransport = {
    name: here.name,
    publish: here.publish,
    subscribe: there.subscribe,
    close: async () => undefined,
    serveHistory: histories.serveHistory,
    history: histories.history,
  };
  return {
    transport,
    async close() {
      await Promise.all([here.close(), there.close()]);
    },
  };
}

function openSink(place: Place, transport: EventTransport, name: string, effects: Effects) {
  const note = on(teller.events.told, async (tx, { id, sequence, data }) => {
    await tx.sql`
      insert into notes (event, story, line, sequence)
      values (${id}, ${data.story}, ${data.line}, ${sequence})`;
    tx.afterCommit(effects.happened);
  });
  return openListener({ place, transport, name, subscriptions: [note] });
}

async function tellAll(source: Teller, from: number, events: number): Promise<void> {
  const lines = Array.from({ length: events }, (_, nth) => {
    const line = from + nth;
    return { story: `story ${line % subjects}`, line };
  });
  for (let at = 0; at < lines.length; at += 100) {
    await Promise.all(lines.slice(at, at + 100).map((line) => source.tell(line)));
  }
}
