import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ConfigError } from '#kernel/config/read-settings';
import { readTopology } from '#kernel/topology/read-placement';
import { makeSigningKey, publicTextOf, seedOf } from '#kernel/trust/service-keys';

import { CliError } from './cli-error.ts';
import { type Command, type Given, misused } from './command.ts';

const make: Command = {
  name: 'keys make',
  usage: '--topology FILE --to FOLDER',
  summary: 'a key for each host of a topology, and the list of whom to trust',
  flags: { topology: { type: 'string' }, to: { type: 'string' } },
  words: { min: 0, max: 0 },
  async run(given) {
    const folder = needed(given, 'to');
    const hosts = Object.entries(readHosts(needed(given, 'topology')));
    const keys = hosts.map(([host, { modules }]) => ({ host, modules, key: makeSigningKey() }));
    const trusted = keys.map((one) => ({ ...one, key: publicTextOf(one.key) }));
    const files = [
      ...keys.map(({ host, key }) => ({ name: `${host}.key`, text: seedOf(key), mode: 0o600 })),
      { name: 'trust.json', text: JSON.stringify(trusted, null, 2), mode: 0o644 },
    ];
    writeNew(folder, files);
    return [
      `${hosts.length} keys and trust.json are in ${folder}. Each host gets its own key and the list:`,
      `  SERVICE_KEY=file:/path/to/HOST.key SERVICE_TRUST=file:/path/to/trust.json`,
    ].join('\n');
  },
};

export const keysCommands: readonly Command[] = [make];

function needed(given: Given, flag: string): string {
  const value = given.text(flag);
  if (value === undefined) throw misused(make, `--${flag} is missing.`);
  return value;
}

function readHosts(file: string) {
  try {
    return readTopology(file).hosts;
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.problems.join('\n'), 1);
    throw error;
  }
}

type NewFile = { readonly name: string; readonly text: string; readonly mode: number };

/** Writes all or, where one is there already, none: an exchanged key would lock its host out. */
function writeNew(folder: string, files: readonly NewFile[]): void {
  const taken = files.filter(({ name }) => existsSync(join(folder, name)));
  if (taken.length > 0) {
    const names = taken.map(({ name }) => name).join(', ');
    throw new CliError(`${folder} has ${names} already: name another folder, or remove them.`, 1);
  }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { name, text, mode } of files) {
      writeFileSync(join(folder, name), `${text}\n`, { mode, flag: 'wx' });
    }
  } catch (error) {
    throw new CliError(`The keys can not be written to ${folder}: ${(error as Error).message}`, 1);
  }
}
