import type { Clock } from '../ports/clock.ts';
import type { CloudEvent } from '../ports/event-transport.ts';
import type { Sql, Store } from '../ports/store.ts';
import type { Span, Telemetry } from '../ports/telemetry.ts';
import type { Write } from '../ports/work.ts';
import { beginHandling } from '../telemetry/work-spans.ts';
import { traceOf } from './cloud-event.ts';
import { endEvent, storeDone } from './inbox-rows.ts';
import type { Incoming } from './incoming.ts';
import { moveLane } from './lane-rows.ts';
import { createSlots } from './slots.ts';
import { commitAll, dataProblem, heard, type Subscribers, startRun } from './subscriptions.ts';

type Options = {
  readonly module: string;
  readonly instance: string;
  readonly store: Store;
  readonly write: Write;
  readonly subscribers: Subscribers;
  readonly clock: Clock;
  readonly isAfterCrash: () => boolean;
  readonly telemetry?: Telemetry | undefined;
};

/** Lets those events take effect that can at once; answers the others, in their order. */
export type FastLane = (incoming: readonly Incoming[]) => Promise<readonly Incoming[]>;

/** On PostgreSQL, at the same time: few, to leave connections to the commands. */
const lanesAtOnce = 6;

/**
 * An event that comes in turn, and for which nothing has to be prepared, is received and takes effect
 * in one transaction instead of two. This is an attempt only: what does not work out is stored and
 * then goes the usual way, which counts attempts. After a crash everything does, because an event
 * that kills the process must have been stored before, or it would do so for ever.
 */
export function createFastLane(options: Options): FastLane {
  const { store, isAfterCrash } = options;
  const take = store.dialect === 'sqlite' ? takeTogether : createTakeByLane();
  return async (incoming) => {
    if (isAfterCrash()) return incoming;
    const passed = await take(incoming, (event) => pass(options, event));
    return incoming.filter((event) => !passed.has(event));
  };
}

type Pass = (event: Incoming) => Promise<boolean>;
type Take = (incoming: readonly Incoming[], pass: Pass) => Promise<ReadonlySet<Incoming>>;

/** All are asked for at once, so that they share a commit; SQLite runs them in this order. */
const takeTogether: Take = async (incoming, pass) => {
  const results = await Promise.all(incoming.map(pass));
  return new Set(incoming.filter((_, nth) => results[nth]));
};

/** Some lanes at once, each in its order. After the first event that does not pass, none can. */
function createTakeByLane(): Take {
  const slots = createSlots(lanesAtOnce);
  return async (incoming, pass) => {
    const passed = new Set<Incoming>();
    const lanes = Map.groupBy(incoming, ({ subject }) => subject);
    const taking = [...lanes.values()].map((lane) =>
      slots.run(async () => {
        for (const event of lane) {
          if (!(await pass(event))) return;
          passed.add(event);
        }
      }),
    );
    await Promise.all(taking);
    return passed;
  };
}

async function pass(options: Options, incoming: Incoming): Promise<boolean> {
  const subscribers = options.subscribers.to(incoming.type);
  if (incoming.state === 'parked') return false;
  if (subscribers.length === 0) return passOver(options, incoming);
  if (subscribers.some(({ subscription }) => subscription.prepare)) return false;
  const event = JSON.parse(incoming.event) as CloudEvent;
  if (dataProblem(subscribers, event.data)) return false;
  const { telemetry } = options;
  const span = telemetry && beginHandling(telemetry, options.module, event);
  const taken = options.write(span?.trace ?? traceOf(event), async (tx, { sql }) => {
    const { sequence } = incoming;
    if (!(await moveLane(sql, incoming, sequence - 1, sequence))) return false;
    await commitAll(startRun(subscribers), tx, heard(event), []);
    await recordDone(sql, incoming, options);
    return true;
  });
  // The usual way meets the same error, and records it.
  const passed = taken.catch(() => false);
  return span ? recorded(span, passed) : passed;
}

/** An attempt that did not work out was none, and its span is never shown. */
async function recorded(span: Span, passing: Promise<boolean>): Promise<boolean> {
  const passed = await passing;
  if (passed) span.end();
  return passed;
}

/** An event that nobody here subscribes to moves its lane on without a row. */
function passOver({ store }: Options, incoming: Incoming): Promise<boolean> {
  const { sequence } = incoming;
  return store
    .write(({ sql }) => moveLane(sql, incoming, sequence - 1, sequence))
    .catch(() => false);
}

async function recordDone(sql: Sql, incoming: Incoming, { instance, clock }: Options) {
  const isNew = await storeDone(sql, incoming, { owner: instance, receivedAt: clock.now() });
  if (!isNew) await endEvent(sql, incoming, 'done', null);
}
