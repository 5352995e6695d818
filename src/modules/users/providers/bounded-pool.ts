/** Runs few jobs at once, lets few wait, and refuses the rest. */
export type BoundedPool = {
  /** Throws what `full` makes when too many wait already, and the signal's reason when it aborts first. */
  run<T>(signal: AbortSignal, job: () => Promise<T>): Promise<T>;
};

export function createBoundedPool(
  limits: { readonly running: number; readonly waiting: number },
  full: () => Error,
): BoundedPool {
  const waiting = new Set<() => void>();
  let free = limits.running;

  const enter = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    if (waiting.size >= limits.waiting) throw full();
    await turn(waiting, signal);
  };
  const leave = () => {
    const [next] = waiting;
    // The place goes from hand to hand, so that nobody who comes later can take it in between.
    if (next) next();
    else free += 1;
  };

  return {
    async run(signal, job) {
      await enter(signal);
      try {
        return await job();
      } finally {
        leave();
      }
    },
  };
}

function turn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => () => {
      waiting.delete(begin);
      signal.removeEventListener('abort', abort);
      then();
    };
    const begin = settle(resolve);
    const abort = settle(() => reject(signal.reason));
    waiting.add(begin);
    signal.addEventListener('abort', abort);
  });
}
