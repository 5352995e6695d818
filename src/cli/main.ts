import { CliError } from './cli-error.ts';
import { type Command, readArguments } from './command.ts';
import { contractsCommands } from './contracts-commands.ts';
import { dataCommands } from './data-commands.ts';
import { eventsCommands } from './events-commands.ts';
import { keysCommands } from './keys-commands.ts';
import { projectionsCommands } from './projections-commands.ts';
import { sagasCommands } from './sagas-commands.ts';
import { schedulesCommands } from './schedules-commands.ts';
import { topologyCommands } from './topology-commands.ts';

const commands: readonly Command[] = [
  ...eventsCommands,
  ...sagasCommands,
  ...projectionsCommands,
  ...schedulesCommands,
  ...contractsCommands,
  ...topologyCommands,
  ...keysCommands,
  ...dataCommands,
];

await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<void> {
  try {
    if (args[0] === 'start') await start();
    else if (args[0] === 'demo') await demo(args.slice(1));
    else if (args[0] === 'split') await split(args.slice(1));
    else console.log(await answer(args));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}

/** The same as `npm start`: the program reads what stands behind `start` itself. */
async function start(): Promise<void> {
  process.argv.splice(2, 1);
  await import('../main.ts');
}

/** Loaded when it is wanted: no other command needs a client of the shop's public door. */
async function demo(args: readonly string[]): Promise<void> {
  const { runDemo } = await import('./demo/demo.ts');
  await runDemo(args);
}

/** Loaded when it is wanted, too. */
async function split(args: readonly string[]): Promise<void> {
  const { runSplit } = await import('./split/split.ts');
  await runSplit(args);
}

async function answer(args: readonly string[]): Promise<string> {
  const [first = '--help', second = ''] = args;
  if (['--help', '-h', 'help'].includes(first)) return help(commands);
  const command = commands.find(({ name }) => name === `${first} ${second}`);
  if (command)
    return wantsHelp(args) ? help([command]) : command.run(readArguments(command, args.slice(2)));
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length > 0 && (second === '' || wantsHelp(args))) return help(group);
  throw new CliError(
    `There is no command "${[first, second].join(' ').trim()}".\n\n${help(commands)}`,
    2,
  );
}

function wantsHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

function help(about: readonly Command[]): string {
  const width = Math.max(...about.map(({ name }) => name.length));
  const lines = about.flatMap(({ name, usage, summary }) => [
    `  seamline ${name.padEnd(width)}  ${summary}`,
    `  ${' '.repeat(width + 9)}  ${usage}`,
  ]);
  const whole = about === commands;
  return [
    ...(whole ? ['Seamline: a modular monolith with extractable modules.', ''] : []),
    ...(whole ? [`  seamline ${'start'.padEnd(width)}  run the shop, as \`npm start\` does`] : []),
    ...(whole
      ? [`  seamline ${'split'.padEnd(width)}  run every host of a topology on this machine`]
      : []),
    ...(whole
      ? [`  seamline ${'demo'.padEnd(width)}  a customer's journey through the running shop`]
      : []),
    ...lines,
    '',
    'The host is found by DATA_DIR (default ./data), there by --host NAME where several run, or by',
    '--url with OPERATOR_TOKEN. A host answers for its own modules. Of several instances, NAME means',
    'whichever can be reached, and NAME-2 the second one.',
  ].join('\n');
}
