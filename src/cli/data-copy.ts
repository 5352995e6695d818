import { existsSync } from 'node:fs';

import { moduleDatabaseSetting } from '#kernel/config/host-settings';
import { kernelMigrations } from '#kernel/host/kernel-migrations';
import { createLogger } from '#kernel/log';
import type { ModuleDefinition } from '#kernel/module';
import {
  type CopiedModule,
  type CopySource,
  openCopySource,
  sqliteFileOf,
} from '#kernel/stores/copy/copy-source';
import { copyStore, type StoreCopy, type TableCopy } from '#kernel/stores/copy/copy-store';

import { CliError } from './cli-error.ts';
import type { Given } from './command.ts';
import { type DataPlaces, inWords, readDataPlaces } from './data-places.ts';
import { counted, json, table } from './print.ts';

type Copied = StoreCopy & { readonly module: string };

/**
 * Copies the modules that were asked for, one after another, all of their files held from the first
 * to the last: what stands in them is of one moment. Throws a `CliError` that tells how far it came.
 */
export async function copyData(given: Given): Promise<string> {
  const places = readDataPlaces();
  const copies: Copied[] = [];
  const sources: CopySource[] = [];
  try {
    const chosen = chosenModules(places, given).map((one) => toCopied(one, places));
    const urls = new Map(chosen.map(({ module }) => [module, targetOf(module, places, given)]));
    for (const one of chosen) sources.push(await openCopySource(one));
    for (const source of sources) {
      const { module } = source;
      const copy = await copyStore(source, urls.get(module) as URL, log);
      copies.push({ module, ...copy });
      if (copy.outcome === 'differs') throw differs(module);
    }
    return given.flag('json') ? json(copies) : `${shown(copies)}\n\n${ended(copies)}`;
  } catch (error) {
    const { message, exitCode } = inWords(error);
    const before = copies.length === 0 ? '' : `${shown(copies)}\n\n`;
    throw new CliError(`${before}${message}`, exitCode);
  } finally {
    for (const source of sources) source.close();
  }
}

/** Beside the answer, which may be JSON for a program. */
const log = createLogger('warn', { write: (line) => void process.stderr.write(line) });

/** With --all: every module that has a file. The others have nothing to be copied. */
function chosenModules(places: DataPlaces, given: Given): readonly ModuleDefinition[] {
  const name = given.text('module');
  const { modules, dataDir } = places;
  const chosen = modules.filter(({ contract: { name: module } }) =>
    name === undefined ? existsSync(sqliteFileOf({ dataDir, module })) : module === name,
  );
  if (chosen.length > 0) return chosen;
  if (name === undefined)
    throw new CliError(`DATA_DIR=${dataDir} holds no SQLite file of a module.`);
  const names = modules.map(({ contract }) => contract.name).join(', ');
  throw new CliError(`There is no module "${name}". There are ${names}.`, 2);
}

function toCopied({ contract, store }: ModuleDefinition, { dataDir }: DataPlaces): CopiedModule {
  return { module: contract.name, definition: store, kernelMigrations, dataDir, log };
}

function targetOf(module: string, { databaseOf }: DataPlaces, given: Given): URL {
  const to = given.text('to');
  const url = to === undefined ? databaseOf(module) : URL.parse(to);
  if (url && /^postgres(ql)?:$/.test(url.protocol)) return url;
  const [setting] = moduleDatabaseSetting(module);
  throw new CliError(
    to === undefined
      ? `Where should ${module} go? Set ${setting} or DATABASE_URL, or give --to postgres://...`
      : '--to must be a URL that starts with postgres://',
    2,
  );
}

function differs(module: string): CliError {
  return new CliError(
    `What arrived of ${module} is not what was sent, so it has been undone: the target is as empty as before, and the SQLite file as it was.`,
  );
}

function shown(copies: readonly Copied[]): string {
  const rows = copies.flatMap(({ module, tables }) =>
    tables.map((one) => [module, one.table, ...pair(one), one.same ? 'yes' : 'NO']),
  );
  return table(['MODULE', 'TABLE', 'ROWS', 'CHECKSUM', 'SAME'], rows);
}

const shownDigits = 16;

/** Rows and checksum: once where both sides agree, and each side's where they don't. */
function pair({ source, target }: TableCopy): readonly string[] {
  const [here, there] = [source, target].map(({ rows, checksum }) => [
    String(rows),
    checksum.slice(0, shownDigits),
  ]) as [string[], string[]];
  return here.map((value, at) => (value === there[at] ? value : `${value}, there ${there[at]}`));
}

function ended(copies: readonly Copied[]): string {
  const lines = copies.map(({ module, outcome, tables }) => {
    const rows = tables.reduce((sum, { source }) => sum + source.rows, 0);
    const size = `${counted(rows, 'row')} in ${counted(tables.length, 'table')}`;
    return outcome === 'copied'
      ? `${module}: copied, ${size}.`
      : `${module}: was there already from an earlier copy, ${size}. Nothing was done.`;
  });
  return [
    ...lines,
    'Start the shop with the database URL set. The SQLite files are as they were: keep them until',
    'you are content, then take them out of DATA_DIR.',
  ].join('\n');
}
