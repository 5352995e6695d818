import { readFileSync, writeFileSync } from 'node:fs';

import { compareVersions } from '#kernel/versions/compare-versions';
import {
  type ExportedContract,
  exportContract,
  parseContract,
  textOf,
} from '#kernel/versions/exported-contract';

import { CliError } from './cli-error.ts';
import type { Command } from './command.ts';
import { counted, printable } from './print.ts';

const exportAll: Command = {
  name: 'contracts export',
  usage: 'FILE',
  summary: 'write down the contracts of this version, for `contracts check` of another',
  flags: {},
  words: { min: 1, max: 1 },
  async run({ words: [file = ''] }) {
    const contracts = await ownContracts();
    const text = JSON.stringify(
      contracts.map((one) => JSON.parse(textOf(one))),
      null,
      2,
    );
    try {
      writeFileSync(file, `${text}\n`);
    } catch (error) {
      throw new CliError(`${file} can not be written: ${(error as Error).message}.`);
    }
    return `${counted(contracts.length, 'contract')} written to ${file}.`;
  },
};

const check: Command = {
  name: 'contracts check',
  usage: 'FILE',
  summary: 'tell what would break between hosts of this version and of the one in FILE',
  flags: {},
  words: { min: 1, max: 1 },
  async run({ words: [file = ''] }) {
    const others = readContracts(file);
    const { breaks, providersFirst } = compareVersions(await ownContracts(), others);
    if (breaks.length > 0) {
      const what = `${counted(breaks.length, 'thing')} would break between the two versions:`;
      throw new CliError([what, ...lines(breaks)].join('\n'));
    }
    if (providersFirst.length === 0) return 'Hosts of both versions can talk with each other.';
    const first =
      'Hosts of both versions can talk, once the providers of these calls are of this version:';
    return [first, ...lines(providersFirst)].join('\n');
  },
};

export const contractsCommands: readonly Command[] = [exportAll, check];

/** Loaded when they are wanted: they come with every module. */
async function ownContracts(): Promise<readonly ExportedContract[]> {
  const { modules } = await import('../app.ts');
  return modules.map(({ contract }) => exportContract(contract));
}

function readContracts(file: string): readonly ExportedContract[] {
  try {
    const list: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!Array.isArray(list)) throw new TypeError('it is no list of contracts');
    return list.map((one) => parseContract(JSON.stringify(one)));
  } catch (error) {
    throw new CliError(
      `${file} holds no contracts that were exported: ${(error as Error).message}.`,
    );
  }
}

/** Patterns and words of a file reach a terminal here. */
function lines(sentences: readonly string[]): readonly string[] {
  return sentences.map((sentence) => `  ${printable(sentence)}`);
}
