import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { createLogger } from '#kernel/log';
import { rabbitBinaries, startRabbit } from '#test/rabbitmq';
import { redisBinary, startRedis } from '#test/redis';
import { createSeals } from '#test/seals';

import { rabbitEvents } from '../../src/transports/rabbitmq/events.ts';
import { redisEvents } from '../../src/transports/redis/events.ts';
import type { EventPath } from './event-path.ts';
import { type OpenCarrier, ourPath } from './event-path-ours.ts';
import { type TwinWire, twinPath } from './event-path-twin.ts';
import { median, percentile } from './measure.ts';
import { rabbitTwin } from './rabbit-twin.ts';
import { redisTwin } from './redis-twin.ts';
import { signedTwin } from './signed-twin.ts';

/** A broker with our carrier over it, its hand-written twin, and how many times as fast we must be. */
type BrokerUnderBench = {
  readonly name: string;
  readonly isHere: boolean;
  readonly atLeast: number;
  start(): Promise<{ readonly url: string; stop(): Promise<void> }>;
  carrier(url: string): OpenCarrier;
  twin<Message extends { readonly id: string }>(url: string): TwinWire<Message>;
};

const log = createLogger('warn');

const brokers: readonly BrokerUnderBench[] = [
  {
    name: 'redis',
    isHere: redisBinary() !== undefined,
    atLeast: 3,
    start: () => startRedis(),
    carrier(url) {
      const [prefix, trust] = [`bench-${randomUUID()}`, createSeals()];
      return (hearersOf) => redisEvents({ url, hearersOf, trust, log, prefix });
    },
    twin: redisTwin,
  },
  {
    name: 'rabbitmq',
    isHere: rabbitBinaries() !== undefined,
    atLeast: 1.5,
    start: () => startRabbit(),
    carrier(url) {
      const [name, trust] = [`bench-${randomUUID()}`, createSeals()];
      // An exchange for each path: over one, each would hear what is published for the other.
      return (hearersOf) =>
        rabbitEvents({ url, hearersOf, trust, log, prefix: `${name}-${hearersOf('teller')}` });
    },
    twin: rabbitTwin,
  },
];

export type PathMeasured = {
  readonly name: string;
  readonly perSecond: number;
  /** CPU of this process: publisher and subscriber together. The broker's own is not in it. */
  readonly cpuMicrosPerEvent: number;
};

export type BrokerMeasured = {
  readonly broker: string;
  readonly atLeast: number;
  readonly ours: PathMeasured;
  readonly twin: PathMeasured;
  readonly idle: IdleMeasured;
};

/**
 * From the commit of a single event to the commit of its effect, p50. What goes through a broker is
 * signed by our path and by a second twin; the first does not know who wrote to the broker.
 */
export type IdleMeasured = {
  readonly oursMs: number;
  readonly signedTwinMs: number;
  readonly twinMs: number;
};

const effort = { rounds: 5, events: 4000, singles: 400, warmUp: 20, pauseMs: 30 };

/** Outbox to inbox, side by side, over every broker whose server is installed. */
export async function benchEventsOverBrokers(): Promise<readonly BrokerMeasured[]> {
  const measured: BrokerMeasured[] = [];
  for (const { name, atLeast, start, carrier, twin } of brokers.filter(({ isHere }) => isHere)) {
    const server = await start();
    const paths = [
      await ourPath(`events over ${name}`, carrier(server.url)),
      await twinPath(`one message an event over ${name}`, twin(server.url)),
    ] as const;
    const [ours, theirs] = await measure(paths);
    const idlePaths = [
      paths[0],
      await twinPath(`signed messages over ${name}`, signedTwin(twin(server.url))),
      await twinPath(`messages over ${name}`, twin(server.url)),
    ] as const;
    const idle = await measureIdle(idlePaths);
    for (const path of new Set<EventPath>([...paths, ...idlePaths])) await path.close();
    await server.stop();
    measured.push({ broker: name, atLeast, ours, twin: theirs, idle });
  }
  return measured;
}

/** Each round runs both in turn, so that what else the machine does slows both. The first warms up. */
async function measure(paths: readonly [EventPath, EventPath]) {
  const rounds = paths.map((): { perSecond: number; cpu: number }[] => []);
  for (let round = 0; round <= effort.rounds; round += 1) {
    for (const [nth, path] of paths.entries()) {
      const drained = await drainOnce(path);
      if (round > 0) rounds[nth]?.push(drained);
    }
  }
  const result = (nth: 0 | 1): PathMeasured => ({
    name: paths[nth].name,
    perSecond: middle(rounds[nth]?.map(({ perSecond }) => perSecond) ?? []),
    cpuMicrosPerEvent: middle(rounds[nth]?.map(({ cpu }) => cpu) ?? []),
  });
  return [result(0), result(1)] as const;
}

async function drainOnce(path: EventPath) {
  await path.fill(effort.events);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await path.drain();
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: (effort.events * 1000) / (performance.now() - began),
    cpu: (user + system) / effort.events,
  };
}

/** In turn, each on a bus that has been quiet for a moment. */
async function measureIdle(
  paths: readonly [EventPath, EventPath, EventPath],
): Promise<IdleMeasured> {
  const latencies = paths.map((): number[] => []);
  for (let nth = 0; nth < effort.singles; nth += 1) {
    for (const [which, path] of paths.entries()) {
      latencies[which]?.push(await path.one());
      await pause(effort.pauseMs);
    }
  }
  const p50 = (which: 0 | 1 | 2) => percentile((latencies[which] ?? []).slice(effort.warmUp), 50);
  return { oursMs: p50(0), signedTwinMs: p50(1), twinMs: p50(2) };
}

function middle(values: readonly number[]): number {
  return median(values.toSorted((a, b) => a - b));
}
