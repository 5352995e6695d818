import type { Pending } from './pending.ts';

/** Sees from time to time whether anything was asked on a connection since it looked last. */
export class Idleness {
  readonly #idleMs: number;
  #askedAt = performance.now();
  #begun = 0;

  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** Nothing waits, and nothing was asked for so long. */
  isOver({ size, begun }: Pick<Pending, 'size' | 'begun'>): boolean {
    const now = performance.now();
    if (size > 0 || begun > this.#begun) this.#askedAt = now;
    this.#begun = begun;
    return now - this.#askedAt > this.#idleMs;
  }
}
