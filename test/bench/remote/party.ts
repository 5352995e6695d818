import { expressUndici } from './express-undici.ts';
import { framedSocket } from './framed-socket.ts';
import { moleculerTcp } from './moleculer-tcp.ts';
import { type Parcel, parcel, type RemoteWay } from './payload.ts';
import { seamline } from './seamline.ts';

/** A server or a client in a process of its own; which way, which of the two and the port are arguments. */
const ways: Readonly<Record<string, RemoteWay>> = {
  stream: seamline('stream'),
  request: seamline('request'),
  framedSocket,
  moleculerTcp,
  expressUndici,
};

/** Calls so many times, so many at once. */
export type Round = { readonly times: number; readonly inFlight: number };

/** What a round took, or, of a server, the CPU that it has used since it began. */
export type Report = { readonly ms: number; readonly cpuUs: number };

const [name = '', role, port] = process.argv.slice(2);
const way = ways[name];
if (!way) throw new Error(`There is no way called ${name}.`);
process.on('disconnect', () => process.exit(0));

if (role === 'server') {
  await way.serve(Number(port));
  process.on('message', () => process.send?.({ ms: 0, cpuUs: cpuUs() } satisfies Report));
} else {
  const call = await way.connect(Number(port));
  process.on('message', async (round: Round) => process.send?.(await run(call, round)));
}
process.send?.('ready');

async function run(call: (one: Parcel) => Promise<Parcel>, round: Round): Promise<Report> {
  let left = round.times;
  const cpuBefore = cpuUs();
  const began = performance.now();
  const one = async () => {
    while (left > 0) {
      left -= 1;
      const { quantity } = await call(parcel);
      if (quantity !== parcel.quantity + 1) throw new Error('A wrong answer.');
    }
  };
  await Promise.all(Array.from({ length: round.inFlight }, one));
  return { ms: performance.now() - began, cpuUs: cpuUs() - cpuBefore };
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
