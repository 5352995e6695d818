import type { Inflow, Outflow } from './flow.ts';

/**
 * A call of a peer while it runs here. It stands in for the `AbortController` of its context, and
 * makes one only when somebody looks: most calls are never cancelled.
 */
export class RunningCall {
  readonly id: number;
  /** The bytes that come with an upload. */
  inflow: Inflow<Uint8Array> | undefined;
  /** The items or bytes that it answers with. */
  outflow: Outflow | undefined;
  isGone = false;
  #controller: AbortController | undefined;

  constructor(id: number) {
    this.id = id;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.isGone) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Nobody waits for the answer any more. */
  abort(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.#controller?.abort();
    this.outflow?.stop();
    this.inflow?.fail(new Error('Whoever sent these bytes has gone.'));
  }
}
