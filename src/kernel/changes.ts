/** Tells, within this process, that something changed. A hint to look again, never the fact itself. */
export type Changes = {
  announce(topic: string): void;
  /** Listens from now on, so that a change between a reading and the wait for it is not missed. */
  listen(topic: string): Listening;
};

export type Listening = {
  /** Resolves at the first announcement since `listen`, after `timeoutMs`, or when `signal` aborts. */
  heard(timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
};

export function createChanges(): Changes {
  const topics = new Map<string, Set<() => void>>();
  return {
    announce(topic) {
      for (const wake of topics.get(topic) ?? []) wake();
    },

    listen(topic) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners.add(resolve));
      return {
        async heard(timeoutMs, signal) {
          const timer = setTimeout(resolve, timeoutMs);
          const ended = () => resolve();
          signal.addEventListener('abort', ended, { once: true });
          if (!signal.aborted) await promise;
          clearTimeout(timer);
          signal.removeEventListener('abort', ended);
        },
        close() {
          listeners.delete(resolve);
          if (listeners.size === 0) topics.delete(topic);
        },
      };
    },
  };
}

/** Looks this often even when nothing was announced: another instance may have made the change. */
const pollMs = 250;

/**
 * Reads until `read` answers something that `isEnough`, and answers the last reading: at the latest
 * after `waitMs`, or when `signal` aborts.
 */
export async function readUntil<T>(
  changes: Changes,
  topic: string,
  options: {
    read: () => Promise<T>;
    isEnough: (value: T) => boolean;
    waitMs: number;
    signal: AbortSignal;
  },
): Promise<T> {
  const { read, isEnough, waitMs, signal } = options;
  const end = performance.now() + waitMs;
  for (;;) {
    const listening = changes.listen(topic);
    try {
      const value = await read();
      const leftMs = end - performance.now();
      if (isEnough(value) || leftMs <= 0 || signal.aborted) return value;
      await listening.heard(Math.min(pollMs, leftMs), signal);
    } finally {
      listening.close();
    }
  }
}
