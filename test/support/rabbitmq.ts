import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'amqplib';

import { freePort } from './free-port.ts';
import { endServer, hasEnded, isExecutable } from './server-process.ts';
import { until } from './until.ts';

export type PrivateRabbit = {
  /** `amqp://guest:guest@127.0.0.1:PORT`; it stays the same when the broker is started again. */
  readonly url: string;
  /** Ends the broker and its port mapper by their pids, and removes its files. */
  stop(): Promise<void>;
  /**
   * SIGKILL, once the broker has written down the names of its quorum queues, which it does up to a
   * second late: killed before, it would forget a new queue. Resolves when it is gone.
   */
  kill(): Promise<void>;
  /** Starts a killed broker again on its port and with its files. Resolves when it answers. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
  /** Runs `rabbitmqctl` on this broker; some seconds. Throws with its words. */
  control(...words: readonly string[]): Promise<string>;
};

/** The folder with `rabbitmq-server`, where Erlang's `erl` and `epmd` are on PATH. */
export function rabbitBinaries(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const isThere = (name: string) => onPath.some((folder) => isExecutable(join(folder, name)));
  if (!isThere('erl') || !isThere('epmd')) return undefined;
  // Debian's script on PATH insists on root or on the user `rabbitmq`; the one behind it does not.
  const packaged = globSync([
    '/usr/lib/rabbitmq/bin',
    '/opt/homebrew/opt/rabbitmq/sbin',
    '/usr/local/opt/rabbitmq/sbin',
  ]);
  return [...packaged, ...onPath].find((folder) => isExecutable(join(folder, 'rabbitmq-server')));
}

/**
 * Starts a RabbitMQ of the caller's own, and a port mapper for it alone, on free ports of 127.0.0.1
 * and in a temporary folder; about 5 to 10 s. On Linux both die with the process that started them.
 * Throws when there are no binaries, or with the broker's own words when it does not come up.
 */
export async function startRabbit(): Promise<PrivateRabbit> {
  const binaries = rabbitBinaries();
  if (!binaries) throw new Error('No RabbitMQ binaries: run `npm run servers:install`.');
  const folder = mkdtempSync(join(tmpdir(), 'seamline-mq-'));
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  const environment = prepare(folder, { port, distribution, mapper });
  const epmd = run('epmd', ['-port', `${mapper}`, '-address', '127.0.0.1'], environment);
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  let broker: ChildProcess | undefined;

  async function start(): Promise<void> {
    broker = run(join(binaries as string, 'rabbitmq-server'), [], environment);
    await answers(url, broker);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (broker) await endServer(broker, signal);
  }

  async function stop(): Promise<void> {
    // A paused broker hears nothing but this.
    broker?.kill('SIGCONT');
    await end('SIGTERM');
    await endServer(epmd, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  await start().catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    url,
    stop,
    start,
    async kill() {
      await until(() => areNamesWritten(folder), { what: 'the names of the queues on disk' });
      await end('SIGKILL');
    },
    pause: () => void broker?.kill('SIGSTOP'),
    resume: () => void broker?.kill('SIGCONT'),
    async control(...words) {
      const command = join(binaries, 'rabbitmqctl');
      const { stdout } = await promisify(execFile)(command, words, { env: environment });
      return stdout;
    },
  };
}

type Ports = { readonly port: number; readonly distribution: number; readonly mapper: number };

/** Writes the broker's settings; answers the environment that leads to nothing outside its folder. */
function prepare(folder: string, { port, distribution, mapper }: Ports): NodeJS.ProcessEnv {
  const file = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(folder, name), text, { mode });
    return join(folder, name);
  };
  file('.erlang.cookie', 'seamline', 0o400);
  return {
    PATH: process.env.PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: `${mapper}`,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // Debian's script then becomes the broker instead of watching over it: one pid to end.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_CONF_ENV_FILE: file('environment.conf', ''),
    RABBITMQ_NODENAME: `seamline-${port}@localhost`,
    RABBITMQ_DIST_PORT: `${distribution}`,
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('plugins', '[].'),
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf', settings(port)),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none',
  };
}

/** The write-ahead log is allocated at once, so it is kept small; the disk is the test machine's. */
function settings(port: number): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'log.console = true',
    'log.console.level = error',
    'log.file = false',
    'disk_free_limit.absolute = 10MB',
    'raft.wal_max_size_bytes = 16777216',
    '',
  ].join('\n');
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const tied = isExecutable(setpriv) ? ['--pdeathsig', 'KILL', command, ...args] : undefined;
  const server = spawn(tied ? setpriv : command, tied ?? args, {
    env,
    cwd: env.HOME,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      lastWords.set(server, ((lastWords.get(server) ?? '') + chunk).slice(-4000));
    });
    (stream as { unref?(): void }).unref?.();
  }
  // A test may wait for the server, but the server must not keep a finished process alive.
  server.unref();
  return server;
}

const setpriv = '/usr/bin/setpriv';

const lastWords = new WeakMap<ChildProcess, string>();

async function answers(url: string, broker: ChildProcess): Promise<void> {
  const asked = async () => {
    const connection = await connect(url, { timeout: 2000 });
    await connection.close();
    return true;
  };
  await until(() => hasEnded(broker) || asked(), {
    what: 'RabbitMQ to answer',
    timeoutMs: 90_000,
    everyMs: 100,
  });
  if (hasEnded(broker)) throw new Error(`RabbitMQ did not start:\n${lastWords.get(broker)}`);
}

/** The table of names is an Erlang `dets` file; it says in its head whether all of it is there. */
function areNamesWritten(folder: string): boolean {
  const [names] = globSync(join(folder, 'data', '*', 'quorum', '*', 'names.dets'));
  return names === undefined || readFileSync(names).readInt32BE(8) === 1;
}
