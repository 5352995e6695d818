import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { EventTransport } from '#kernel/ports/event-transport';
import type { Line, Listener, ListenerOptions, Teller } from '#test/event-parties';
import { openScene } from '#test/event-scene';
import { openRabbitBus, type RabbitBus } from '#test/rabbit-bus';
import { until } from '#test/until';

/** What an onlooker on the wire has seen; no store of the parties is asked. */
type Witness = {
  /** Events whose publishing was confirmed, and those that were brought to the listener. */
  readonly confirmed: Set<string>;
  readonly arrived: Set<string>;
  refusals: number;
  /** The reason of the last refusal. */
  reason: string;
  /** The longest that a publish took until it was confirmed or refused. */
  slowestMs: number;
};

/** A teller and a listener, each with its store, outbox and inbox, and a broker between them. */
export type Stage = {
  readonly bus: RabbitBus;
  readonly teller: Teller;
  readonly listener: Listener;
  readonly witness: Witness;
  /** Waits for the effect of each line, and fails when one is missing, doubled or out of order. */
  heardAll(told: readonly Line[]): Promise<void>;
  /** Fails when the wire lost what it had confirmed. */
  wireLostNothing(): Promise<void>;
};

type StageOptions = {
  readonly listener?: Partial<ListenerOptions>;
  /** Runs before the listener stores what was brought. */
  readonly beforeReceive?: () => Promise<void>;
};

export async function openStage(
  t: TestContext,
  url: string,
  { listener: how = {}, beforeReceive = async () => undefined }: StageOptions = {},
): Promise<Stage> {
  const bus = openRabbitBus(url, { hearersOf: () => ['listener'], heartbeatSeconds: 1 });
  const witness: Witness = {
    confirmed: new Set(),
    arrived: new Set(),
    refusals: 0,
    reason: '',
    slowestMs: 0,
  };
  t.after(() => bus.close());
  const scene = await openScene(t, { name: 'sqlite' }, async () =>
    witnessed(await bus.connect(), witness, beforeReceive),
  );
  const [teller, listener] = [await scene.teller(), await scene.listener(how)];
  return {
    ...{ bus, teller, listener, witness },

    async heardAll(told) {
      const heard = async () => (await listener.notes()).length >= told.length;
      const what = `${told.length} effects`;
      await until(heard, { what, timeoutMs: 60_000, everyMs: 100 });
      const notes = await listener.notes();
      const last = new Map<string, number>();
      for (const { story, sequence } of notes) {
        assert.equal(sequence, (last.get(story) ?? 0) + 1, `${story} was heard out of order`);
        last.set(story, sequence);
      }
      assert.equal(notes.length, told.length);
    },

    async wireLostNothing() {
      const isMissing = (id: string) => !witness.arrived.has(id);
      await until(() => ![...witness.confirmed].some(isMissing), {
        what: 'what was confirmed to arrive',
        timeoutMs: 30_000,
      });
    },
  };
}

function witnessed(
  transport: EventTransport,
  witness: Witness,
  beforeReceive: () => Promise<void>,
): EventTransport {
  return {
    ...transport,

    async publish(source, batch) {
      const startedAt = performance.now();
      try {
        await transport.publish(source, batch);
        for (const { id } of batch) witness.confirmed.add(id);
      } catch (error) {
        witness.refusals += 1;
        witness.reason = String(error);
        throw error;
      } finally {
        witness.slowestMs = Math.max(witness.slowestMs, performance.now() - startedAt);
      }
    },

    subscribe: (subscriber, source, receive) =>
      transport.subscribe(subscriber, source, async (batch) => {
        for (const { id } of batch) witness.arrived.add(id);
        await beforeReceive();
        await receive(batch);
      }),
  };
}

/** Tells about 200 lines a second, in turn of eight stories, until it is stopped. */
export type Load = {
  readonly told: readonly Line[];
  stop(): Promise<readonly Line[]>;
};

const stories = 8;
const everyMs = 20;
const atOnce = 4;

export function tellSteadily(teller: Teller): Load {
  const told: Line[] = [];
  let isOver = false;
  async function run(): Promise<void> {
    while (!isOver) {
      const lines = Array.from({ length: atOnce }, (_, nth) => {
        const number = told.length + nth;
        return { story: `story ${number % stories}`, line: Math.floor(number / stories) };
      });
      await Promise.all(lines.map((line) => teller.tell(line)));
      told.push(...lines);
      await pause(everyMs);
    }
  }
  const running = run();
  return {
    told,
    async stop() {
      isOver = true;
      await running;
      return told;
    },
  };
}

/** Waits until `count` more lines have been told than now. */
export async function more(load: Load, count: number): Promise<void> {
  const wanted = load.told.length + count;
  await until(() => load.told.length >= wanted, { what: `${count} lines`, timeoutMs: 30_000 });
}
