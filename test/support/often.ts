import type { ModuleDefinition } from '#kernel/module';

/** The module as it is, but that its recurring work comes round so often that a test need not wait. */
export function often(definition: ModuleDefinition, everyMs = 20): ModuleDefinition {
  return {
    ...definition,
    wire(the) {
      const wired = definition.wire(the);
      return {
        ...wired,
        recurring: wired.recurring?.map((task) => ({ ...task, when: { everyMs } })) ?? [],
      };
    },
  };
}
