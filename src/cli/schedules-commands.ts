import type { ScheduleEntry } from '#kernel/ports/operator';

import type { Command } from './command.ts';
import { connectHost, hostFlags } from './operator-client.ts';
import { json, table } from './print.ts';

type Listed = ScheduleEntry & { readonly module: string };

const list: Command = {
  name: 'schedules list',
  usage: '[--module M] [--json]',
  summary: 'the work that comes round, when it was last done, and when it is due',
  flags: hostFlags,
  words: { min: 0, max: 0 },
  async run(given) {
    const { items } = await connectHost(given)<{ items: Listed[] }>('GET', '/operator/schedules', {
      module: given.text('module'),
    });
    if (given.flag('json')) return json(items);
    if (items.length === 0) return 'No schedules.';
    const rows = items.map(({ module, name, pattern, doneAt, dueAt }) => [
      ...[module, name, pattern, doneAt ?? 'never', dueAt],
    ]);
    return table(['MODULE', 'SCHEDULE', 'PATTERN', 'DONE', 'DUE'], rows);
  },
};

export const schedulesCommands: readonly Command[] = [list];
