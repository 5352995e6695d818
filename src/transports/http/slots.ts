/** Calls at once on one connection; a power of two. */
export const mostSlots = 4096;
const slotBits = mostSlots - 1;

/**
 * Calls by their ids. The lower bits of an id are the place where it is kept, so that it is found and
 * forgotten without a hash table: those of V8 keep what was deleted alive until a full collection, when
 * they are filled and emptied all the time.
 */
export class Slots<T extends { readonly id: number }> {
  readonly #kept: (T | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `id` is what a peer has said, and may be anything. */
  get(id: unknown): T | undefined {
    if (typeof id !== 'number') return undefined;
    const one = this.#kept[id & slotBits];
    return one?.id === id ? one : undefined;
  }

  /** Whoever has the place, with this id or another. */
  at(id: number): T | undefined {
    return this.#kept[id & slotBits];
  }

  /** Takes the place, whoever had it before. */
  set(one: T): void {
    const place = one.id & slotBits;
    // An array is made longer one by one, or it becomes a hash table itself.
    while (this.#kept.length <= place) this.#kept.push(undefined);
    if (this.#kept[place] === undefined) this.#size += 1;
    this.#kept[place] = one;
  }

  /** False when somebody else has its place by now. */
  delete(one: T): boolean {
    const place = one.id & slotBits;
    if (this.#kept[place] !== one) return false;
    this.#kept[place] = undefined;
    this.#size -= 1;
    return true;
  }

  *values(): Generator<T> {
    for (const one of this.#kept) if (one !== undefined) yield one;
  }
}

/** Ids for calls: each has a free place, and another one each time that the place is used. */
export class SlotIds {
  readonly #free: number[] = [];
  #used = 0;

  next(): number {
    return this.#free.pop() ?? this.#used++;
  }

  /** The id's place may be used again, under another id. */
  release(id: number): void {
    this.#free.push((id + mostSlots) >>> 0);
  }
}
