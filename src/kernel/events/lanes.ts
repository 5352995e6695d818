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
  /** Called when the queue has become empty while the store holds more. */
  readonly refill: () => void;
};

export function createLanes(options: Options): Lanes {
  return new LanePlan(options);
}

type Entry = {
  readonly lane: Lane;
  phase: 'queued' | 'running' | 'resting';
  again: boolean;
  timer: NodeJS.Timeout | undefined;
};

/** Bounds of memory, a few MB each. Beyond them the store is asked instead. */
const mostQueued = 10_000;
const mostResting = 10_000;

/** After an error that no run should throw. */
const afterErrorMs = 1000;

class LanePlan implements Lanes {
  readonly #options: Options;
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new Set<Entry>();
  readonly #ended = createAlarm();
  #running = 0;
  #resting = 0;
  #hasMore = false;
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  ready(lane: Lane): void {
    const entry = this.#entries.get(keyOf(lane));
    if (!entry) this.offer(lane);
    else if (entry.phase === 'running') entry.again = true;
    else if (entry.phase === 'resting') this.#wake(entry);
  }

  offer(lane: Lane): void {
    const key = keyOf(lane);
    if (this.#entries.has(key)) return;
    const entry: Entry = { lane, phase: 'queued', again: false, timer: undefined };
    this.#entries.set(key, entry);
    this.#enqueue(entry);
  }

  nudge(lane: Lane): void {
    if (this.#entries.has(keyOf(lane))) this.ready(lane);
  }

  expectMore(): void {
    this.#hasMore = true;
    this.#pump();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.clear();
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    while (this.#running > 0) await this.#ended.wait(1000);
  }

  #enqueue(entry: Entry): void {
    if (this.#stopped || this.#queue.size >= mostQueued) {
      this.#hasMore = true;
      this.#entries.delete(keyOf(entry.lane));
      return;
    }
    entry.phase = 'queued';
    this.#queue.add(entry);
    this.#pump();
  }

  #pump(): void {
    for (const entry of this.#queue) {
      if (this.#running >= this.#options.concurrency) return;
      this.#queue.delete(entry);
      this.#start(entry);
    }
    if (this.#hasMore && !this.#stopped) {
      this.#hasMore = false;
      this.#options.refill();
    }
  }

  #start(entry: Entry): void {
    this.#running += 1;
    entry.phase = 'running';
    entry.again = false;
    this.#options.run(entry.lane).then(
      (restMs) => this.#finish(entry, restMs),
      () => this.#finish(entry, afterErrorMs),
    );
  }

  #finish(entry: Entry, restMs: number | undefined): void {
    this.#running -= 1;
    if (entry.again || restMs === 0) this.#enqueue(entry);
    else if (restMs !== undefined && !this.#stopped && this.#resting < mostResting) {
      this.#rest(entry, restMs);
    } else this.#entries.delete(keyOf(entry.lane));
    this.#pump();
    if (this.#stopped && this.#running === 0) this.#ended.ring();
  }

  #rest(entry: Entry, restMs: number): void {
    this.#resting += 1;
    entry.phase = 'resting';
    entry.timer = setTimeout(() => this.#wake(entry), restMs).unref();
  }

  #wake(entry: Entry): void {
    this.#resting -= 1;
    clearTimeout(entry.timer);
    this.#enqueue(entry);
  }
}

function keyOf({ source, subject }: Lane): string {
  return `${source} ${subject}`;
}
