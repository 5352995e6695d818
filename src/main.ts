import { parseArgs } from 'node:util';

import { ConfigError, type Environment } from '#kernel/config/read-settings';

import { type App, openApp } from './app.ts';
import { whenNpmEnds } from './when-npm-ends.ts';

/** EX_CONFIG of sysexits.h: started with a configuration that it can't run with. */
const badConfiguration = 78;

/** One Ctrl-C comes twice under npm, which hands on what the terminal has sent to all already. */
const sameSignalMs = 1_000;

// What can't be told to anybody, on a full disk or to a reader who has gone, ends nothing.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

await run();

async function run(): Promise<void> {
  try {
    const app = await openApp({ ...process.env, ...flags(process.argv.slice(2)) });
    stopOnSignals(app);
    process.stdout.write(banner(app));
    process.send?.({ ready: app.url ?? app.operatorUrl, isDoor: app.url !== undefined });
  } catch (error) {
    complain(error);
  }
}

/** Each flag is a setting by another name. Throws what `parseArgs` throws for a flag that there is not. */
function flags(args: readonly string[]): Environment {
  const text = { type: 'string' } as const;
  const options = { modules: text, topology: text, host: text, instance: text };
  const { values } = parseArgs({ args: [...args], options });
  const settings = {
    MODULES: values.modules,
    TOPOLOGY: values.topology,
    TOPOLOGY_HOST: values.host,
    TOPOLOGY_INSTANCE: values.instance,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function banner({ url, operatorUrl, host, modules }: App): string {
  const operators = `  operators           ${operatorUrl}, and \`npx seamline --help\``;
  if (host !== undefined) {
    const door = url === undefined ? [] : [`  the door is open at ${url}`];
    return ['', `  Host ${host} runs ${modules.join(', ')}`, ...door, operators, '', ''].join('\n');
  }
  return [
    '',
    `  Seamline is open at ${url}`,
    `  documentation       ${url}/docs`,
    `  mailbox             ${url}/mailbox`,
    operators,
    '  a walk through it   npm run demo',
    '',
    '',
  ].join('\n');
}

function stopOnSignals(app: App): void {
  let stoppingSince: number | undefined;
  const stop = () => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameSignalMs) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    setTimeout(() => process.exit(1), app.stopsWithinMs).unref();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => complain(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // Started by another process of ours, it does not outlive it.
  if (process.channel) process.on('disconnect', stop);
  whenNpmEnds(() => stoppingSince ?? stop());
}

/** What a person did wrong is told in their words; anything else is a bug and shows its stack. */
function complain(error: unknown): void {
  const isFlag = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  const expected = error instanceof ConfigError || isFlag || (error as Error).name === 'StartError';
  console.error(expected ? (error as Error).message : error);
  process.exit(error instanceof ConfigError || isFlag ? badConfiguration : 1);
}
