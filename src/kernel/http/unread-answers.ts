import type { ServerResponse } from 'node:http';

export type UnreadLimits = {
  /** What all answers together may hold in memory that nobody has read yet. */
  readonly unreadBytes: number;
  /** How long an answer may be unread, where that is exceeded. */
  readonly unreadMs: number;
};

/** Cuts the largest answers off that nobody reads, where all together are too much. */
export class UnreadAnswers {
  readonly #limits: UnreadLimits;
  readonly #since = new WeakMap<ServerResponse, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: UnreadLimits) {
    this.#limits = limits;
  }

  watch(running: Iterable<ServerResponse>): void {
    const everyMs = Math.min(1_000, this.#limits.unreadMs);
    this.#timer = setInterval(() => this.#look([...running]), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(running: readonly ServerResponse[]): void {
    const unread = running
      .map((response) => ({ response, bytes: response.socket?.writableLength ?? 0 }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => b.bytes - a.bytes);
    let total = unread.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { response, bytes } of unread) {
      const since = this.#since.get(response) ?? performance.now();
      this.#since.set(response, since);
      if (total <= this.#limits.unreadBytes) continue;
      if (performance.now() - since < this.#limits.unreadMs) continue;
      response.socket?.destroy();
      total -= bytes;
    }
  }
}
