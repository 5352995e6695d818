// The servers that tests use: one of each for a whole run, started here or given by its URL.
import { readFileSync } from 'node:fs';

import { consulBinary } from '#test/consul';
import { postgresBinaries, startPostgres } from '#test/postgres';
import { rabbitBinaries, startRabbit } from '#test/rabbitmq';
import { redisBinary, startRedis } from '#test/redis';

type TestServer = {
  readonly name: string;
  isInstalled(): boolean;
  /** Tests share it by a URL in this variable, each with names or a database of its own. */
  readonly shared?: {
    readonly variable: string;
    /** A run none of whose files says this does not wait for it. */
    readonly wantedBy: RegExp;
    start(): Promise<Started>;
  };
  /** Some tests start one that they may kill: for them no URL will do. */
  readonly isKilledByTests: boolean;
};

type Started = { readonly url: string; stop(): Promise<void> };

const servers: readonly TestServer[] = [
  {
    name: 'PostgreSQL',
    isInstalled: () => postgresBinaries() !== undefined,
    shared: { variable: 'TEST_POSTGRES_URL', wantedBy: /./, start: () => startPostgres() },
    isKilledByTests: false,
  },
  {
    name: 'Redis',
    isInstalled: () => redisBinary() !== undefined,
    shared: { variable: 'TEST_REDIS_URL', wantedBy: /redis/i, start: () => startRedis() },
    isKilledByTests: true,
  },
  {
    name: 'RabbitMQ',
    isInstalled: () => rabbitBinaries() !== undefined,
    shared: { variable: 'TEST_AMQP_URL', wantedBy: /amqp|rabbit/i, start: () => startRabbit() },
    isKilledByTests: true,
  },
  {
    name: 'Consul',
    isInstalled: () => consulBinary() !== undefined,
    isKilledByTests: true,
  },
];

/** Starts what the files want (without files, all) and nobody has given, and exports its URL to them. */
export async function startServers(files?: readonly string[]): Promise<{ stop(): Promise<void> }> {
  const texts = files?.map((file) => readFileSync(file, 'utf8'));
  const starting = servers.map(async ({ shared, isInstalled }) => {
    if (!shared || process.env[shared.variable] || !isInstalled()) return undefined;
    if (texts && !texts.some((text) => shared.wantedBy.test(text))) return undefined;
    const started = await shared.start();
    process.env[shared.variable] = started.url;
    return started;
  });
  const settled = await Promise.allSettled(starting);
  const stop = async () => {
    const stopping = settled.map((one) => (one.status === 'fulfilled' ? one.value?.stop() : null));
    await Promise.all(stopping);
  };
  const failed = settled.find((one) => one.status === 'rejected');
  if (!failed) return { stop };
  await stop();
  throw failed.reason;
}

/** What a run of all tests leaves untried for want of a server. */
export function serversNotCovered(): readonly string[] {
  return servers.flatMap(({ name, isInstalled, shared, isKilledByTests }) => {
    if (isInstalled()) return [];
    const isGiven = shared !== undefined && Boolean(process.env[shared.variable]);
    if (!isGiven) return [`${name} (${why})`];
    return isKilledByTests ? [`${name} under faults (${why})`] : [];
  });
}

const why = 'no server binaries on PATH; `npm run servers:install`';
