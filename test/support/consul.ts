import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

import { freePort } from './free-port.ts';
import { hasEnded, isExecutable } from './server-process.ts';
import { until } from './until.ts';

export type PrivateConsul = {
  /** Its HTTP API: `http://127.0.0.1:8500`. The same after each start. */
  readonly address: string;
  /** Ends it as an operator would. Nothing of what it knew is kept. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
};

type ConsulOptions = {
  /** Given, the agent refuses whoever shows no token, and this one may do everything. */
  readonly managementToken?: string;
};

/** From PATH, or where `npm run servers:install` unpacks it. */
export function consulBinary(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const unpacked = join(caches, 'seamline-servers/consul/usr/bin');
  return [...onPath, unpacked].map((folder) => join(folder, 'consul')).find(isExecutable);
}

const setpriv = '/usr/bin/setpriv';

/** The ports that an agent wants, beside that of its HTTP API. */
const otherPorts = ['server', 'serf-lan', 'serf-wan'] as const;

/** Starts an agent of the caller's own, in memory, on free ports of 127.0.0.1. */
export async function startConsul({ managementToken }: ConsulOptions = {}): Promise<PrivateConsul> {
  const binary = consulBinary();
  if (!binary) throw new Error('No Consul binary: run `npm run servers:install`.');
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  let agent: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (!agent || hasEnded(agent)) return;
    const gone = once(agent, 'exit');
    agent.ref();
    agent.kill(signal);
    await gone;
  };
  const start = async () => {
    const others = await Promise.all(otherPorts.map(async (name) => [name, await freePort()]));
    // Tied to this process on Linux, so that a test run that is killed leaves no agent behind.
    const [command, tie] = existsSync(setpriv)
      ? [setpriv, ['--pdeathsig', 'KILL', binary]]
      : [binary, []];
    agent = spawn(
      command,
      [
        ...tie,
        ...['agent', '-dev', '-log-level=warn', '-bind=127.0.0.1', '-client=127.0.0.1'],
        ...[`-http-port=${port}`, '-dns-port=-1', '-grpc-port=-1'],
        ...(managementToken === undefined ? [] : ['-hcl', aclOf(managementToken)]),
        ...others.map(([name, free]) => `-${name}-port=${free}`),
      ],
      { stdio: 'ignore' },
    );
    agent.unref();
    const running = agent;
    await until(async () => hasEnded(running) || (await leaderOf(address)) !== '""', {
      what: 'Consul to have a leader',
      timeoutMs: 30_000,
      everyMs: 50,
    });
    if (hasEnded(running)) throw new Error('Consul did not start.');
  };
  await start();
  return { address, start, stop: () => end('SIGINT'), kill: () => end('SIGKILL') };
}

function aclOf(token: string): string {
  return `acl { enabled = true default_policy = "deny" tokens { master = "${token}" } }`;
}

async function leaderOf(address: string): Promise<string> {
  const response = await fetch(`${address}/v1/status/leader`);
  return (await response.text()).trim();
}
