import { atStart } from '#kernel/handlers';
import type { ModuleDefinition } from '#kernel/module';
import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import { usersModule } from '../module.ts';

type Changes = {
  /** Stands in for the module's own part of that name. */
  readonly parts?: Readonly<Record<string, object>>;
  /** Runs at start, in the module's own store. */
  readonly seed?: (tx: Tx) => Promise<void>;
};

/** The module as it is, but for the changes; `reader` reads its rows once a shop has it open. */
export function usersUnderTest({ parts = {}, seed }: Changes) {
  let reader: Reader | undefined;
  const seeding = atStart(
    'test rows',
    async (_ctx, read) => {
      reader = read;
    },
    async (tx) => seed?.(tx),
  );
  const module: ModuleDefinition = {
    ...usersModule,
    parts: {
      ...usersModule.parts,
      ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, () => part])),
    },
    wire(the) {
      const { atStart: starting = [], ...wired } = usersModule.wire(the);
      return { ...wired, atStart: [...starting, seeding] };
    },
  };
  return { module, reader: () => reader as Reader };
}
