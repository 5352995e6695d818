import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { freePort } from '#test/free-port';

import type { Report, Round } from './remote/party.ts';

/** Calls from one process to another, one way at so many in flight. */
export type RemoteMeasured = {
  readonly way: string;
  readonly inFlight: number;
  /** All of the best round: whatever else the machine does can only slow one down. */
  readonly perSecond: number;
  readonly serverCpuUs: number;
  readonly clientCpuUs: number;
};

type Party = { ask(message: unknown): Promise<Report>; stop(): void };
type Pair = { readonly way: string; readonly client: Party; readonly server: Party };

const allWays = ['stream', 'request', 'framedSocket', 'moleculerTcp', 'expressUndici'];

/** Milliseconds of work a round, about, by how fast a way was in the first. */
const roundMs = 700;
const firstTimes = 1500;
const warmUps = 3;

/** Measures every way side by side, each with its server and its client in processes of their own. */
export async function measureRemoteCalls(
  rounds: number,
  inFlights: readonly number[] = [1, 32, 256],
  ways: readonly string[] = allWays,
): Promise<readonly RemoteMeasured[]> {
  const pairs: Pair[] = [];
  try {
    for (const way of ways) pairs.push(await openPair(way));
    const measured: RemoteMeasured[] = [];
    for (const inFlight of inFlights) measured.push(...(await sideBySide(pairs, rounds, inFlight)));
    return measured;
  } finally {
    for (const { client, server } of pairs) {
      client.stop();
      server.stop();
    }
  }
}

type Taken = { readonly perSecond: number; readonly server: number; readonly client: number };

async function sideBySide(pairs: readonly Pair[], rounds: number, inFlight: number) {
  const taken = new Map<Pair, Taken[]>(pairs.map((pair) => [pair, []]));
  const times = new Map<Pair, number>();
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    for (const pair of pairs) {
      const one = await measure(pair, { times: times.get(pair) ?? firstTimes, inFlight });
      // The first rounds warm up, and tell how many calls make a round.
      times.set(pair, Math.ceil((one.perSecond * roundMs) / 1000));
      if (round > 0) taken.get(pair)?.push(one);
    }
  }
  return pairs.map((pair): RemoteMeasured => {
    const all = taken.get(pair) ?? [];
    const least = (pick: (one: Taken) => number) => Math.min(...all.map(pick));
    return {
      way: pair.way,
      inFlight,
      perSecond: Math.max(...all.map(({ perSecond }) => perSecond)),
      serverCpuUs: least(({ server }) => server),
      clientCpuUs: least(({ client }) => client),
    };
  });
}

async function measure({ client, server }: Pair, round: Round): Promise<Taken> {
  const before = await server.ask('cpu');
  const { ms, cpuUs } = await client.ask(round);
  const after = await server.ask('cpu');
  const { times } = round;
  return {
    perSecond: (times * 1000) / ms,
    server: (after.cpuUs - before.cpuUs) / times,
    client: cpuUs / times,
  };
}

async function openPair(way: string): Promise<Pair> {
  const port = await freePort();
  const server = await openParty(way, 'server', port);
  return { way, server, client: await openParty(way, 'client', port) };
}

async function openParty(way: string, role: 'server' | 'client', port: number): Promise<Party> {
  const program = fileURLToPath(new URL('./remote/party.ts', import.meta.url));
  const party: ChildProcess = fork(program, [way, role, `${port}`], { stdio: 'inherit' });
  const ended = once(party, 'exit').then((): never => {
    throw new Error(`The ${role} of ${way} has ended.`);
  });
  // It ends with this process, and then nobody waits for it.
  ended.catch(() => undefined);
  const answer = () =>
    Promise.race([
      new Promise<Report>((resolve) => party.once('message', (one: Report) => resolve(one))),
      ended,
    ]);
  await answer();
  return {
    ask(message) {
      const answered = answer();
      party.send(message as object);
      return answered;
    },
    stop: () => party.disconnect(),
  };
}
