import { ConfigError } from '#kernel/config/read-settings';
import { topologyProblems } from '#kernel/topology/check-topology';
import { readTopology } from '#kernel/topology/read-placement';
import { TopologySchema } from '#kernel/topology/topology';

import { CliError } from './cli-error.ts';
import type { Command } from './command.ts';

export const topologyCommands: readonly Command[] = [
  {
    name: 'topology check',
    usage: 'FILE',
    summary: 'says whether the hosts of a topology could run, and if not, why',
    flags: {},
    words: { min: 1, max: 1 },
    run: async ({ words: [file = ''] }) => check(file),
  },
  {
    name: 'topology schema',
    usage: '',
    summary: 'prints how a topology is written, as JSON Schema',
    flags: {},
    words: { min: 0, max: 0 },
    run: async () => JSON.stringify(topologySchema(), null, 2),
  },
];

/** JSON Schema 2020-12. */
function topologySchema(): object {
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  return { $schema, title: 'A topology of Seamline', ...TopologySchema };
}

/** Throws a `CliError` with all that is wrong. */
async function check(file: string): Promise<string> {
  const { hosts, events, discovery = 'static' } = read(file);
  const { placeables } = await import('../app.ts');
  const problems = topologyProblems(hosts, { bus: events, discovery }, placeables);
  if (problems.length > 0) throw new CliError(inLines(file, problems), 1);
  const lines = Object.entries(hosts).map(([host, { modules, at = [] }]) => {
    const instances = at.length > 1 ? `, ${at.length} instances` : '';
    return `  ${host}: ${modules.join(', ')}${instances}`;
  });
  return [`${file} can run.`, ...lines].join('\n');
}

function read(file: string) {
  try {
    return readTopology(file);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(inLines(file, error.problems), 1);
    throw error;
  }
}

function inLines(file: string, problems: readonly string[]): string {
  return [`${file} can not run:`, ...problems.map((problem) => `  ${problem}`)].join('\n');
}
