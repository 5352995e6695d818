import { flowWindow } from './limits.ts';

/**
 * Values on their way to a reader, who sets the pace: what has been taken is given back as credit,
 * and the other end sends no more than it has credit for.
 */
export class Inflow<T> implements AsyncIterableIterator<T> {
  readonly #giveCredit: (units: number) => void;
  readonly #leave: () => void;
  readonly #queue: { readonly value: T; readonly cost: number }[] = [];
  #waiting: PromiseWithResolvers<IteratorResult<T>> | undefined;
  #owed = 0;
  #end: { readonly error: Error | undefined } | undefined;

  /** `leave` is called when the reader stops before the end. */
  constructor(giveCredit: (units: number) => void, leave: () => void) {
    this.#giveCredit = giveCredit;
    this.#leave = leave;
  }

  push(value: T, cost: number): void {
    if (this.#end) return;
    if (this.#waiting) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve({ done: false, value });
      this.#taken(cost);
    } else {
      this.#queue.push({ value, cost });
    }
  }

  /** What has come and is not taken yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** All has been sent; what has come can still be read. */
  end(): void {
    this.#finish(undefined);
  }

  /** No more will come. What has come can still be read, and then `error` is thrown. */
  fail(error: Error): void {
    this.#finish(error);
  }

  next(): Promise<IteratorResult<T>> {
    const first = this.#queue.shift();
    if (first) {
      this.#taken(first.cost);
      return Promise.resolve({ done: false, value: first.value });
    }
    if (this.#end) return this.#atEnd(this.#end);
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  async return(): Promise<IteratorResult<T>> {
    const isEarly = this.#end === undefined;
    this.#queue.length = 0;
    this.#finish(undefined);
    if (isEarly) this.#leave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(error: Error | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    if (error) waiting.reject(error);
    else waiting.resolve({ done: true, value: undefined });
    this.#end = { error: undefined };
  }

  /** The error is thrown once, as a generator does. */
  #atEnd({ error }: { readonly error: Error | undefined }): Promise<IteratorResult<T>> {
    this.#end = { error: undefined };
    return error ? Promise.reject(error) : Promise.resolve({ done: true, value: undefined });
  }

  #taken(cost: number): void {
    this.#owed += cost;
    if (this.#owed < flowWindow / 2) return;
    const owed = this.#owed;
    this.#owed = 0;
    if (!this.#end) this.#giveCredit(owed);
  }
}

/** Sends what a source gives, as far as the reader's credit goes. */
export class Outflow {
  #credit = flowWindow;
  #hasBegun = false;
  #isStopped = false;
  #goOn: (() => void) | undefined;

  /** The source has been asked for something. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** More than a window is nobody's to give: it would have the whole source wait in memory here. */
  grant(units: number): void {
    this.#credit = Math.min(this.#credit + units, flowWindow);
    this.#goOn?.();
  }

  /** Sends no more, and lets the source close what it holds. */
  stop(): void {
    this.#isStopped = true;
    this.#goOn?.();
  }

  /**
   * Resolves with true when the source has ended, with false after `stop`. Throws what the source
   * throws. `send` answers what a value has cost.
   */
  async run<T>(source: AsyncIterable<T>, send: (value: T) => number): Promise<boolean> {
    const values = source[Symbol.asyncIterator]();
    this.#hasBegun = true;
    for (;;) {
      if (this.#credit <= 0 && !this.#isStopped) await this.#room();
      const next = this.#isStopped ? undefined : await this.#nextOf(values);
      if (next === undefined) {
        // It may wait for something that never comes, so nobody waits for it to close.
        void values.return?.().catch(() => undefined);
        return false;
      }
      if (next.done) return true;
      try {
        this.#credit -= send(next.value);
      } catch (error) {
        void values.return?.().catch(() => undefined);
        throw error;
      }
    }
  }

  /** Undefined when it was stopped first. */
  #nextOf<T>(values: AsyncIterator<T>): Promise<IteratorResult<T> | undefined> {
    return new Promise((resolve, reject) => {
      this.#goOn = () => {
        if (this.#isStopped) resolve(undefined);
      };
      values.next().then(resolve, reject);
    });
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#goOn = () => {
        if (this.#credit > 0 || this.#isStopped) resolve();
      };
    });
  }
}
