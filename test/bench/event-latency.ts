import { setTimeout as pause } from 'node:timers/promises';

import { defineContract, event } from '#kernel/contract';
import { on } from '#kernel/handlers';
import { openHost } from '#kernel/host/host';
import { createLogger } from '#kernel/log';
import { defineModule } from '#kernel/module';
import type { Tx } from '#kernel/ports/tx';
import { every } from '#kernel/schedules/schedule';
import { Id, Type } from '#kernel/schema';
import { systemClock, systemIds } from '#kernel/system-clock';

import { inProcessCalls } from '../../src/transports/in-process/calls.ts';
import { inProcessEvents } from '../../src/transports/in-process/events.ts';
import { percentile } from './measure.ts';

const perSecond = 500;
const tickMs = 10;
const perTick = (perSecond * tickMs) / 1000;

const pulse = defineContract('pulse', {
  calls: {},
  events: { beat: event('A beat.', { subject: 'id', data: Type.Object({ id: Id }) }) },
  errors: {},
});
const ear = defineContract('ear', { calls: {}, events: {}, errors: {} });

export type EventLatency = { readonly events: number; readonly p50: number; readonly p99: number };

/** What has been published, and how long each took to be heard. */
type Beats = {
  left: number;
  readonly committed: Map<string, number>;
  readonly latencies: number[];
};

/**
 * Milliseconds from the commit that publishes an event to the commit in which the other module has
 * heard it, at a steady 500 events a second, each of a subject of its own.
 */
export async function measureEventLatency(folder: string, seconds: number): Promise<EventLatency> {
  const beats: Beats = { left: perSecond * seconds, committed: new Map(), latencies: [] };
  const { latencies } = beats;
  const host = await openHost({
    definitions: [heart(beats), listener(beats)],
    settings: {},
    databaseOf: () => undefined,
    poolSize: 1,
    dataDir: folder,
    calls: inProcessCalls(),
    events: inProcessEvents(),
    clock: systemClock,
    ids: systemIds,
    log: createLogger('warn'),
    granted: {},
  });
  await host.start();
  const overAt = performance.now() + (seconds + 20) * 1000;
  while (latencies.length < perSecond * seconds && performance.now() < overAt) await pause(50);
  await host.stop();
  // The first second warms up.
  const steady = latencies.slice(perSecond);
  return { events: latencies.length, p50: percentile(steady, 50), p99: percentile(steady, 99) };
}

function heart(beats: Beats) {
  const beat = (tx: Tx) => {
    if (beats.left <= 0) return;
    beats.left -= 1;
    const id = tx.newId();
    tx.publish(pulse.events.beat({ id }));
    tx.afterCommit(() => beats.committed.set(id, performance.now()));
  };
  return defineModule({
    contract: pulse,
    calls: [],
    hears: [],
    store: { entities: [], migrations: [] },
    wire: () => ({
      handlers: {},
      recurring: Array.from({ length: perTick }, (_, index) =>
        every(tickMs, `beat-${index}`, beat),
      ),
    }),
  });
}

function listener({ committed, latencies }: Beats) {
  const hear = on(pulse.events.beat, (tx, { data }) =>
    tx.afterCommit(() => {
      latencies.push(performance.now() - (committed.get(data.id) ?? Number.NaN));
    }),
  );
  return defineModule({
    contract: ear,
    calls: [],
    hears: [pulse],
    store: { entities: [], migrations: [] },
    wire: () => ({ handlers: {}, subscriptions: [hear] }),
  });
}
