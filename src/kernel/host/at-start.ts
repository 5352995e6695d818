import type { AtStart } from '../handlers.ts';
import type { Store } from '../ports/store.ts';
import type { MakeContext, Write } from '../ports/work.ts';

type Ground = {
  readonly module: string;
  readonly store: Store;
  readonly write: Write;
  readonly makeContext: MakeContext;
};

const atStartMs = 30_000;

/** Runs what a module does once at every start, in order. A failure here stops the start. */
export async function runAtStart(tasks: readonly AtStart[], ground: Ground): Promise<void> {
  const { module, makeContext, store, write } = ground;
  for (const task of tasks) {
    const ctx = makeContext({ key: `start:${module}.${task.name}`, timeoutMs: atStartMs });
    const prepared = await task.prepare?.(ctx, store.reader);
    await write(ctx.trace, (tx) => task.commit(tx, prepared));
  }
}
