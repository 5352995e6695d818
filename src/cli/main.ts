import { CliError } from './cli-error.ts';
import { type Command, readArguments } from './command.ts';
import { eventsCommands } from './events-commands.ts';
import { sagasCommands } from './sagas-commands.ts';

const commands: readonly Command[] = [...eventsCommands, ...sagasCommands];

await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<void> {
  try {
    if (args[0] === 'start') await start();
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
    ...lines,
    '',
    'The host is found by DATA_DIR (default ./data), or by --url with OPERATOR_TOKEN.',
  ].join('\n');
}
