import type { Deadlines, Limited } from './deadlines.ts';
import type { Room } from './edge-policy.ts';

/** Who wants to wait: until when, and who else may end the wait. */
export type Patience = { readonly deadline: number; readonly signal: AbortSignal };

/** Why nobody waits any longer. */
export type NoRoom = 'full' | 'late' | 'gone';

/**
 * Room for so many calls at once. It stands outside of the circuit breaker: what finds no room never
 * reached the provider, and says nothing about it. Whoever has entered must leave.
 */
export class Bulkhead {
  readonly #room: Room;
  readonly #deadlines: Deadlines;
  readonly #queue = new Set<() => void>();
  #inFlight = 0;

  constructor(room: Room, deadlines: Deadlines) {
    this.#room = room;
    this.#deadlines = deadlines;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Whether there was room at once. */
  enter(): boolean {
    if (this.#inFlight >= this.#room.inFlight || this.#queue.size > 0) return false;
    this.#inFlight += 1;
    return true;
  }

  leave(): void {
    const [next] = this.#queue;
    if (next) next();
    else this.#inFlight -= 1;
  }

  /** How to leave a place that was entered: once, and at the deadline even if nobody does. */
  placeUntil(deadline: number): () => void {
    const limited = { deadline, late: () => this.leave() };
    this.#deadlines.add(limited);
    return () => {
      if (this.#deadlines.delete(limited)) this.leave();
    };
  }

  /** Waits in turn. Undefined when there is room now, else why there was none. */
  wait({ deadline, signal }: Patience): Promise<NoRoom | undefined> {
    if (this.#queue.size >= this.#room.waiting) return Promise.resolve('full');
    if (signal.aborted) return Promise.resolve('gone');
    return new Promise((resolve) => {
      const end = (why: NoRoom | undefined) => {
        this.#queue.delete(enter);
        this.#deadlines.delete(limited);
        signal.removeEventListener('abort', gone);
        resolve(why);
      };
      // Whoever leaves hands over its place, so that nobody slips in between.
      const enter = () => end(undefined);
      const gone = () => end('gone');
      const limited: Limited = { deadline, late: () => end('late') };
      this.#queue.add(enter);
      this.#deadlines.add(limited);
      signal.addEventListener('abort', gone, { once: true });
    });
  }
}
