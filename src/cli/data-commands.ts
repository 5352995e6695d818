import { type Command, type Given, misused } from './command.ts';

const copy: Command = {
  name: 'data copy',
  usage: '--module M | --all [--to postgres://...] [--json]',
  summary: 'move modules that do not run from SQLite to PostgreSQL, and compare both',
  flags: {
    module: { type: 'string' },
    all: { type: 'boolean' },
    to: { type: 'string' },
    json: { type: 'boolean' },
  },
  words: { min: 0, max: 0 },
  async run(given) {
    if (given.flag('all') === (given.text('module') !== undefined)) {
      throw misused(copy, 'Name the module with --module, or mean all of them with --all.');
    }
    const { copyData } = await import('./data-copy.ts');
    return await copyData(given);
  },
};

const backup: Command = {
  name: 'data backup',
  usage: '--to FOLDER [--json]',
  summary: 'copy DATA_DIR as it stands at one moment, while the shop runs or not',
  flags: { to: { type: 'string' }, json: { type: 'boolean' } },
  words: { min: 0, max: 0 },
  async run(given) {
    const to = folderOf(backup, given, 'to');
    const { backUpData } = await import('./data-backup.ts');
    return await backUpData(to, given.flag('json'));
  },
};

const restore: Command = {
  name: 'data restore',
  usage: '--from FOLDER',
  summary: 'put a backup into an empty DATA_DIR, after checking every byte of it',
  flags: { from: { type: 'string' } },
  words: { min: 0, max: 0 },
  async run(given) {
    const from = folderOf(restore, given, 'from');
    const { restoreData } = await import('./data-restore.ts');
    return await restoreData(from);
  },
};

export const dataCommands: readonly Command[] = [copy, backup, restore];

function folderOf(command: Command, given: Given, flag: string): string {
  const folder = given.text(flag);
  if (folder === undefined || folder === '') throw misused(command, `Name the folder: --${flag}.`);
  return folder;
}
