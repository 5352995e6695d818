import { storeUnavailable } from './store-failures.ts';

/** Lets work in until it is closed, and closes when what was let in has ended. */
export class InFlight {
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  run<T>(start: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(storeUnavailable(new Error('The store is closed.')));
    const work = start();
    const ended = () => this.#running.delete(work);
    this.#running.add(work);
    work.then(ended, ended);
    return work;
  }

  /** False when it was closed before. */
  async close(): Promise<boolean> {
    if (this.#closed) return false;
    this.#closed = true;
    await Promise.allSettled(this.#running);
    return true;
  }
}
