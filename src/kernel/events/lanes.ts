import { createAlarm } from './alarm.ts';
import type { Lane } from './lane-rows.ts';

/** Works through a lane. Answers in how many ms to come back, undefined when there is nothing to do. */
export type RunLane = (lane: Lane) => Promise<number | undefined>;

/** Runs many lanes at once, each by one runner. Only a plan: what it forgets, the store still holds. */
export type Lanes = {
  /** Something has come for this lane: look at it soon, even if it rests. */
  ready(lane: Lane): void;
  /** As `ready`, for a lane that is not known here. */
  offer(lane: Lane): void;
  /** As `ready`, for a lane that is known here. */
  nudge(lane: Lane): void;
  /** The store holds more than was offered: asks for a refill when the queue is empty. */
  expectMore(): void;
  /** Resolves when no lane is at work, and none will be. */
  stop(): Promise<void>;
};

type Options = {
  readonly run: RunLane;
  /** Lanes at work at the same time. */
  readonly concurrency: number;
  /** Called when the queue has become empty after it had been full: look into the store for more. */
  readonly refill: () => void;
};

type Entry = {
  readonly lane: Lane;
  phase: 'queued' | 'running' | 'resting';
  again: boolean;
  timer: NodeJS.Timeout | undefined;
};

/** Bounds of memory, about 1 MB each. */
const mostQueued = 10_000;
const mostResting = 10_000;

/** After an error that no run should throw. */
const afterErrorMs = 1000;

export function createLanes({ run, concurrency, refill }: Options): Lanes {
  const entries = new Map<string, Entry>();
  const queue = new Set<Entry>();
  const ended = createAlarm();
  let running = 0;
  let resting = 0;
  let overflown = false;
  let stopped = false;

  function enqueue(entry: Entry): void {
    if (stopped || queue.size >= mostQueued) {
      overflown = true;
      entries.delete(keyOf(entry.lane));
      return;
    }
    entry.phase = 'queued';
    queue.add(entry);
    pump();
  }

  function pump(): void {
    while (running < concurrency) {
      const [entry] = queue;
      if (!entry) break;
      queue.delete(entry);
      start(entry);
    }
    if (queue.size === 0 && overflown && !stopped) {
      overflown = false;
      refill();
    }
  }

  function start(entry: Entry): void {
    running += 1;
    entry.phase = 'running';
    entry.again = false;
    run(entry.lane).then(
      (restMs) => finish(entry, restMs),
      () => finish(entry, afterErrorMs),
    );
  }

  function finish(entry: Entry, restMs: number | undefined): void {
    running -= 1;
    if (entry.again || restMs === 0) enqueue(entry);
    else if (restMs === undefined || stopped || resting >= mostResting) {
      entries.delete(keyOf(entry.lane));
    } else rest(entry, restMs);
    pump();
    if (stopped && running === 0) ended.ring();
  }

  function rest(entry: Entry, restMs: number): void {
    resting += 1;
    entry.phase = 'resting';
    entry.timer = setTimeout(() => wake(entry), restMs).unref();
  }

  function wake(entry: Entry): void {
    resting -= 1;
    clearTimeout(entry.timer);
    enqueue(entry);
  }

  function ready(lane: Lane): void {
    const entry = entries.get(keyOf(lane));
    if (!entry) offer(lane);
    else if (entry.phase === 'running') entry.again = true;
    else if (entry.phase === 'resting') wake(entry);
  }

  function offer(lane: Lane): void {
    const key = keyOf(lane);
    if (entries.has(key)) return;
    const entry: Entry = { lane, phase: 'queued', again: false, timer: undefined };
    entries.set(key, entry);
    enqueue(entry);
  }

  return {
    ready,
    offer,
    nudge(lane) {
      if (entries.has(keyOf(lane))) ready(lane);
    },
    expectMore() {
      overflown = true;
      pump();
    },
    async stop() {
      stopped = true;
      queue.clear();
      for (const { timer } of entries.values()) clearTimeout(timer);
      while (running > 0) await ended.wait(60_000);
    },
  };
}

function keyOf({ source, subject }: Lane): string {
  return `${source} ${subject}`;
}
