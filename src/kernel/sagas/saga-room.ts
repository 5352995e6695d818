/** How many sagas an engine may lead at once, and what is left of that. */
export class SagaRoom {
  readonly #size: number;
  readonly #led: () => number;
  /** Births that got a lease in transactions that are not over yet. */
  #promised = 0;

  constructor(size: number, led: () => number) {
    this.#size = size;
    this.#led = led;
  }

  get left(): number {
    return this.#size - this.#led() - this.#promised;
  }

  /** Half of the room: to look for more only then, so that a long queue costs few claims. */
  get isHalfEmpty(): boolean {
    return this.left >= this.#size / 2;
  }

  /** Keeps a place for a birth. */
  promise(): void {
    this.#promised += 1;
  }

  /** The birth is committed, and its place is taken by the saga itself; or nothing was born. */
  endPromise(): void {
    this.#promised -= 1;
  }
}
