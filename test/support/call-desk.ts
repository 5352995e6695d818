import { createHash } from 'node:crypto';

import { serveContract } from '#kernel/calls/served-contract';
import { twoSteps } from '#kernel/handlers';
import { createLogger } from '#kernel/log';
import type { Bytes } from '#kernel/ports/bytes';
import type { CallContext } from '#kernel/ports/call-context';
import type { ServedContract } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { Reader, Store } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';
import { migration } from '#kernel/stores/migration';
import { systemClock, systemIds } from '#kernel/system-clock';
import { createWrite } from '#kernel/transactions';
import { desk } from '#test/call-desk-contract';
import { openPartyStore, type Place } from '#test/event-parties';

/** How far something has come, as the test sees it. */
export type Progress = { begun: number; given: number; closed: number; aborted: number };

/** A desk at work, and what a test sees and does behind it. */
export type Desk = {
  readonly served: ServedContract;
  progress(name: string): Progress;
  /** Lets go what waits under this name, now or later. */
  release(name: string): void;
};

/** Only the modules that have declared it may ask. */
const declared = ['shop', 'stall'];

export function openDeskStore(place: Place): Promise<Store> {
  return openPartyStore('desk', place, [
    migration('0001-desk', ['create table tallies (tally text primary key, sum bigint not null)']),
  ]);
}

export function openDesk(store: Store, clock: Clock = systemClock): Desk {
  const states = new Map<string, State>();
  const stateOf = (name: string): State => {
    const state = states.get(name) ?? newState();
    states.set(name, state);
    return state;
  };
  const write = createWrite({ contract: desk, store, clock, ids: systemIds, companions: alone });
  const log = createLogger('silent');
  const grants = { allows: (caller: string) => declared.includes(caller) };
  const handlers = handlersOf(stateOf, clock);
  const ground = { reader: store.reader, write, clock, log };
  return {
    served: serveContract(desk, handlers, ground, grants, undefined),
    progress: (name) => stateOf(name).progress,
    release: (name) => stateOf(name).released.resolve(),
  };
}

type State = { readonly progress: Progress; readonly released: PromiseWithResolvers<void> };

function newState(): State {
  const progress = { begun: 0, given: 0, closed: 0, aborted: 0 };
  return { progress, released: Promise.withResolvers() };
}

/** Nobody else writes with the desk. */
const alone = {
  appendEvents: async () => undefined,
  eventsCommitted: () => undefined,
  startSagas: async () => undefined,
  wakeSagas: async () => undefined,
  sagasCommitted: () => undefined,
};

type Flow = { count: number; size: number; breaksAfter?: number; name: string };

function handlersOf(stateOf: (name: string) => State, clock: Clock) {
  return {
    echo: async (_read: Reader, input: object) => input,
    whoAsks: async (_read: Reader, _input: object, ctx: CallContext) => ({
      caller: ctx.caller,
      actor: ctx.actor,
      traceId: ctx.trace.traceId,
      leftMs: ctx.deadline - clock.now(),
    }),
    refuse: async () => {
      throw desk.errors.refused({ why: 'because', nested: [{ deep: ['ß', null, 1.5] }] });
    },
    break: async () => {
      throw new Error('a secret of the provider');
    },
    inflate: async (_read: Reader, { size }: { size: number }) => ({ text: 'x'.repeat(size) }),
    wait: async (_read: Reader, { name }: { name: string }, ctx: CallContext) => {
      await releasedOf(stateOf(name), ctx.signal);
      return { name };
    },
    count: async (tx: Tx, { tally }: { tally: string }, { key }: { key: string }) => {
      const [row] = await tx.sql<{ sum: number }>`
        insert into tallies (tally, sum) values (${tally}, 1)
        on conflict (tally) do update set sum = tallies.sum + 1 returning sum`;
      return { sum: row?.sum ?? 0, key };
    },
    items: (_read: Reader, flow: Flow, ctx: CallContext) => itemsOf(stateOf(flow.name), flow, ctx),
    keep: twoSteps<typeof desk.calls.keep, { size: number; sha256: string }>(
      (ctx, input, _read, bytes) => keepBytes(stateOf(input.name), input, ctx, bytes),
      (_tx, _input, { prepared }) => prepared,
    ),
    show: async (_read: Reader, flow: Flow & { hasNone?: boolean }, ctx: CallContext) => ({
      head: { mediaType: 'text/plain', etag: '"1"', name: flow.name },
      bytes: flow.hasNone ? undefined : chunksOf(stateOf(flow.name), flow, ctx),
    }),
  };
}

async function releasedOf({ progress, released }: State, signal: AbortSignal): Promise<void> {
  progress.begun += 1;
  const gone = Promise.withResolvers<never>();
  const abort = () => gone.reject(new Error('The caller has gone.'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([released.promise, gone.promise]);
  } catch (error) {
    progress.aborted += 1;
    throw error;
  } finally {
    progress.closed += 1;
  }
}

function countAbort(progress: Progress): void {
  progress.aborted += 1;
}

/** Gives items and, when there are no more, waits if their count is negative. */
async function* itemsOf(state: State, flow: Flow, { signal }: CallContext) {
  const { count: many, size, breaksAfter } = flow;
  const { progress } = state;
  progress.begun += 1;
  signal.addEventListener('abort', () => countAbort(progress), { once: true });
  try {
    const text = 'x'.repeat(size);
    for (let nth = 0; nth < Math.abs(many) && !signal.aborted; nth += 1) {
      if (nth === breaksAfter) throw desk.errors.refused({ why: 'enough', nested: [] });
      progress.given += 1;
      yield { nth, text };
    }
    if (many < 0) await releasedOf(state, signal);
  } finally {
    progress.closed += 1;
  }
}

async function* chunksOf({ progress }: State, flow: Flow, { signal }: CallContext) {
  progress.begun += 1;
  try {
    for (let nth = 0; nth < flow.count && !signal.aborted; nth += 1) {
      if (nth === flow.breaksAfter) throw new Error('The disk is gone.');
      progress.given += 1;
      yield Buffer.alloc(flow.size, nth % 256);
    }
  } finally {
    progress.closed += 1;
  }
}

type Keep = { pauseAfter?: number; readsNothing?: boolean };

async function keepBytes(state: State, input: Keep, { signal }: CallContext, bytes: Bytes) {
  const { progress, released } = state;
  progress.begun += 1;
  signal.addEventListener('abort', () => countAbort(progress), { once: true });
  const hash = createHash('sha256');
  let size = 0;
  let chunks = 0;
  try {
    if (input.readsNothing) return { size, sha256: hash.digest('hex') };
    for await (const chunk of bytes) {
      hash.update(chunk);
      size += chunk.length;
      chunks += 1;
      progress.given += 1;
      if (chunks === input.pauseAfter) await released.promise;
    }
    return { size, sha256: hash.digest('hex') };
  } finally {
    progress.closed += 1;
  }
}
