import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ConfigError } from '#kernel/config/read-settings';
import { isLoopback } from '#kernel/topology/loopback';
import { readTopology } from '#kernel/topology/read-placement';
import type { Topology } from '#kernel/topology/topology';

import { whenNpmEnds } from '../../when-npm-ends.ts';
import { CliError } from '../cli-error.ts';
import { launchHost, type RunningHost } from './launch-host.ts';
import { createPrefixes, type Prefix } from './prefixes.ts';

const usage = `npm run split [-- --topology deploy/topologies/every-module-apart.json]

Runs every host of a topology on this machine, each in a process of its own, until Ctrl-C. A host that
ends by itself is started again.`;

const everyModuleApart = 'deploy/topologies/every-module-apart.json';

/** Runs the hosts of a topology. Resolves when all have ended. Throws a `CliError` when one can't start. */
export async function runSplit(args: readonly string[]): Promise<void> {
  const { topology: file, help } = readArgs(args);
  if (help) return console.log(usage);
  const hosts = hostsOf(file);
  const prefix = createPrefixes(hosts.map(({ name }) => name));
  const running: RunningHost[] = [];
  const end = stopAllOnSignals(running);
  console.log(`${hosts.length} hosts of ${file}; Ctrl-C ends them all`);
  for (const host of hosts) running.push(launchHost({ ...host, file }, prefix(host.name)));
  await allReady(running, prefix);
  keepCompiledCode();
  await end;
}

/** For the next start; see src/launcher.js. Whatever becomes of it, this start is over. */
function keepCompiledCode(): void {
  const file = fileURLToPath(new URL('../../warm-up.js', import.meta.url));
  spawn(process.execPath, [file], { stdio: 'ignore' })
    .on('error', () => undefined)
    .unref();
}

function readArgs(args: readonly string[]): { topology: string; help: boolean } {
  const options = { topology: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    return { topology: values.topology ?? defaultTopology(), help: values.help ?? false };
  } catch (error) {
    throw new CliError(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

/** Named as a person would type it, where it lies below this folder. */
function defaultTopology(): string {
  if (existsSync(everyModuleApart)) return everyModuleApart;
  return fileURLToPath(new URL(`../../../${everyModuleApart}`, import.meta.url));
}

type Wanted = { readonly name: string; readonly host: string; readonly instance: number };

/** Every instance of every host. Throws a `CliError` for a topology that can't run on this machine. */
function hostsOf(file: string): readonly Wanted[] {
  const { hosts } = read(file);
  return Object.entries(hosts).flatMap(([host, { at = [] }]) => {
    const far = at.find((address) => !isLoopback(address));
    if (far !== undefined) {
      throw new CliError(`Host ${host} of ${file} is at ${far}, which is not this machine.`, 1);
    }
    return Array.from({ length: Math.max(1, at.length) }, (_, nth) => ({
      name: at.length > 1 ? `${host}-${nth + 1}` : host,
      host,
      instance: nth + 1,
    }));
  });
}

function read(file: string): Topology {
  try {
    return readTopology(file);
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(error.message, 1);
    throw error;
  }
}

async function allReady(running: readonly RunningHost[], prefix: Prefix): Promise<void> {
  const startedAt = performance.now();
  // The others end without being ready too, because of the first.
  let first: string | undefined;
  const urls = await Promise.all(
    running.map(async (host) => {
      const url = await host.ready;
      if (url === undefined) {
        first ??= host.name;
        await Promise.all(running.map((one) => one.stop()));
        throw new CliError(`Host ${first} did not start; it says above why.`, 1);
      }
      prefix(host.name)(`ready: ${url}`);
      return host.isDoor ? url : undefined;
    }),
  );
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const door = urls.find((url) => url !== undefined);
  console.log(`all ${running.length} hosts are ready after ${seconds} s${door ? `: ${door}` : ''}`);
}

/** One Ctrl-C comes twice under npm, which hands on what the terminal has sent to all already. */
const sameSignalMs = 1_000;

/** One signal stops every host, a second one at once. Resolves when all have ended. */
function stopAllOnSignals(running: readonly RunningHost[]): Promise<void> {
  return new Promise((resolve) => {
    let since: number | undefined;
    const stop = () => {
      since ??= performance.now();
      const isSecond = performance.now() - since > sameSignalMs;
      const ending = running.map((host) => (isSecond ? host.kill() : host.stop()));
      void Promise.all(ending).then(() => resolve());
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    whenNpmEnds(() => since ?? stop());
  });
}
