import { parseArgs } from 'node:util';

import { ConfigError } from '#kernel/config/read-settings';

import { type App, openApp } from './app.ts';

/** EX_CONFIG of sysexits.h: started with a configuration that it can't run with. */
const badConfiguration = 78;

/** After this long, whatever still runs is given up: its work resumes at the next start. */
const stopWithinMs = 15_000;

await run();

async function run(): Promise<void> {
  try {
    parseArgs({ args: process.argv.slice(2), options: {} });
    const app = await openApp(process.env);
    stopOnSignals(app);
    process.stdout.write(banner(app));
  } catch (error) {
    complain(error);
  }
}

function banner({ url, operatorUrl }: App): string {
  return [
    '',
    `  Seamline is open at ${url}`,
    `  documentation       ${url}/docs`,
    `  operators           ${operatorUrl}/health/ready, and \`npx seamline --help\``,
    '',
    '',
  ].join('\n');
}

function stopOnSignals(app: App): void {
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => complain(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** What a person did wrong is told in their words; anything else is a bug and shows its stack. */
function complain(error: unknown): void {
  const isFlag = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  const expected = error instanceof ConfigError || isFlag || (error as Error).name === 'StartError';
  console.error(expected ? (error as Error).message : error);
  process.exit(error instanceof ConfigError || isFlag ? badConfiguration : 1);
}
