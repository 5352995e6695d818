import { Inflow } from './flow.ts';
import { flowWindow } from './limits.ts';

/** What can be told to wait: the body of a request or of a response. */
type Pausing = { pause(): void; resume(): void };

/** A flow whose pace the connection itself keeps: it is not read while much waits to be taken. */
export class PacedInflow<T> extends Inflow<T> {
  readonly #state: { outstanding: number; isPaused: boolean };
  readonly #body: Pausing;

  constructor(body: Pausing, leave: () => void) {
    const state = { outstanding: 0, isPaused: false };
    super((units) => {
      state.outstanding -= units;
      if (!state.isPaused || state.outstanding > flowWindow) return;
      state.isPaused = false;
      body.resume();
    }, leave);
    this.#state = state;
    this.#body = body;
  }

  override push(value: T, cost: number): void {
    super.push(value, cost);
    const state = this.#state;
    state.outstanding += cost;
    if (state.isPaused || state.outstanding <= flowWindow) return;
    state.isPaused = true;
    this.#body.pause();
  }
}
