import type { Clock } from '../ports/clock.ts';

/** Something that must not last longer. */
export type Limited = {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Told once, when the time has passed and it is still there. */
  late(): void;
};

export type Deadlines = {
  add(limited: Limited): void;
  /** Whether it was still there: not late, and not deleted before. */
  delete(limited: Limited): boolean;
  close(): void;
};

/** Transports keep deadlines themselves, to the millisecond. This is for one that hangs. */
const lookEveryMs = 50;

/**
 * Ends what has run out of time with one timer for all of it: a timer for each call costs 2 µs, and
 * almost every call ends long before it would go off.
 */
export function createDeadlines(clock: Clock): Deadlines {
  const open = new Set<Limited>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    // Stops only when a whole interval had nothing to do: calls that follow each other share a timer.
    if (open.size === 0) stop();
    const now = clock.now();
    for (const limited of open) {
      if (limited.deadline > now) continue;
      open.delete(limited);
      limited.late();
    }
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    add(limited) {
      open.add(limited);
      timer ??= setInterval(look, lookEveryMs);
    },
    delete: (limited) => open.delete(limited),
    close: stop,
  };
}

/** The same promise, or `late`'s error when that does not settle in time. It then goes on unheard. */
export function bounded<T>(
  deadlines: Deadlines,
  deadline: number,
  late: () => Error,
  promise: PromiseLike<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const limited = { deadline, late: () => reject(late()) };
    deadlines.add(limited);
    promise.then(
      (value) => {
        deadlines.delete(limited);
        resolve(value);
      },
      (error) => {
        deadlines.delete(limited);
        reject(error);
      },
    );
  });
}
