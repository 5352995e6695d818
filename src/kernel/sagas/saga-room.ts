/** How many sagas an engine may lead at once, and what is left of that. */
export class SagaRoom {
  readonly #size: number;
  readonly #led: () => number;
  /** Births that got a lease in transactions that have not committed yet. */
  #promised = 0;
  /** The least of them at any moment since the last review: that many will never commit. */
  #leastPromised = 0;

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

  /** Keeps a place for a birth, when there is one. */
  promise(): boolean {
    if (this.left <= 0) return false;
    this.#promised += 1;
    return true;
  }

  /** The birth is committed, and its place is taken by the saga itself; or there was none. */
  keep(): void {
    this.#promised -= 1;
    this.#leastPromised = Math.min(this.#leastPromised, this.#promised);
  }

  /** Frees the places of births that were rolled back. No transaction lasts from review to review. */
  review(): void {
    this.#promised -= this.#leastPromised;
    this.#leastPromised = this.#promised;
  }
}
