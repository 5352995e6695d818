import type { Recurring } from '../handlers.ts';
import type { Logger } from '../ports/logger.ts';
import type { Reader } from '../ports/store.ts';
import type { MakeContext, Write } from '../ports/work.ts';

type Ground = {
  readonly module: string;
  readonly reader: Reader;
  readonly write: Write;
  readonly makeContext: MakeContext;
  readonly log: Logger;
};

/** One round may take this long before its context is aborted. */
const roundMs = 30_000;

/** Runs recurring work until stopped. A round that fails is logged and comes round again. */
export function createRecurring(tasks: readonly Recurring[], ground: Ground) {
  const stopping = new AbortController();
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  const schedule = (task: Recurring, delayMs: number) => {
    if (stopping.signal.aborted) return;
    const begin = () => {
      const round = runRound(task, ground, stopping.signal).then((again) => {
        running.delete(round);
        schedule(task, again ? 0 : jittered(task.everyMs));
      });
      running.add(round);
    };
    timers.set(task.name, setTimeout(begin, delayMs));
  };

  return {
    start() {
      for (const task of tasks) schedule(task, jittered(task.everyMs));
    },
    async stop() {
      stopping.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

async function runRound(task: Recurring, ground: Ground, signal: AbortSignal): Promise<boolean> {
  const { module, makeContext, reader, write, log } = ground;
  try {
    const ctx = makeContext({ key: `every:${module}.${task.name}`, timeoutMs: roundMs, signal });
    const prepared = await task.prepare?.(ctx, reader);
    const more = await write(ctx.trace, (tx) => task.commit(tx, prepared));
    return more === 'again';
  } catch (error) {
    if (!signal.aborted) log.error({ err: error, task: task.name }, 'a recurring task failed');
    return false;
  }
}

/** Between 75 and 125 percent, so that instances started together do not move in step. */
function jittered(everyMs: number): number {
  return everyMs * (0.75 + Math.random() / 2);
}
