import type { ProjectionEntry } from '#kernel/ports/operator';

import type { Command } from './command.ts';
import { connectHost, hostFlags } from './operator-client.ts';
import { json, table } from './print.ts';

type Listed = ProjectionEntry & { readonly module: string };

const list: Command = {
  name: 'projections list',
  usage: '[--module M] [--json]',
  summary: 'the projections, how fresh each is, and whether it is being rebuilt',
  flags: hostFlags,
  words: { min: 0, max: 0 },
  async run(given) {
    const { items } = await connectHost(given)<{ items: Listed[] }>(
      'GET',
      '/operator/projections',
      { module: given.text('module') },
    );
    if (given.flag('json')) return json(items);
    if (items.length === 0) return 'No projections.';
    const head = ['MODULE', 'PROJECTION', 'GENERATION', 'STATE', 'AS OF', 'PROBLEM'];
    const rows = items.map(({ module, name, generation, rebuilding, asOf, problem }) => [
      ...[module, name, generation, rebuilding ? 'rebuilding' : 'live', asOf ?? 'never'],
      problem ?? undefined,
    ]);
    return table(head, rows);
  },
};

const rebuild: Command = {
  name: 'projections rebuild',
  usage: 'NAME [--module M]',
  summary: 'make a projection anew from the first event, while it is served',
  flags: hostFlags,
  words: { min: 1, max: 1 },
  async run(given) {
    const path = `/operator/projections/${encodeURIComponent(given.words[0] ?? '')}/rebuild`;
    await connectHost(given)('POST', path, { module: given.text('module') });
    return 'It is being rebuilt; `seamline projections list` tells when it is done.';
  },
};

export const projectionsCommands: readonly Command[] = [list, rebuild];
