import { once } from 'node:events';
import { Agent, createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { createContext, newTrace } from '#kernel/calls/context';
import { remoteGround } from '#kernel/calls/remote-ground';
import { type AnyContract, command, defineContract, query } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { createLogger } from '#kernel/log';
import { createMetrics } from '#kernel/metrics';
import type { CallContext } from '#kernel/ports/call-context';
import type { CallTransport, Invoke } from '#kernel/ports/call-transport';
import type { EdgePolicy } from '#kernel/resilience/edge-policy';
import { resilientCalls } from '#kernel/resilience/resilient-calls';
import { Type } from '#kernel/schema';
import { systemClock } from '#kernel/system-clock';
import { seededRandom } from '#test/random';

export const log = createLogger('silent');
const ground = remoteGround(systemClock, log);
const Nothing = Type.Object({});

export const orders = defineContract('orders', {
  calls: {
    get: query('Gets.', { input: Nothing, output: Nothing }),
    put: command('Puts.', { input: Nothing, output: Nothing }),
  },
  events: {},
  errors: { soldOut: failure('conflict', 'Sold out.'), tooMany: failure('too_many', 'Too many.') },
});

/** How the provider takes a call: `reset` breaks its connection, `hang` never answers. */
export type Manner = (response: ServerResponse) => void;

export const manners = {
  answer: (response) => response.end('{"output":{}}'),
  reset: (response) => response.socket?.resetAndDestroy(),
  hang: () => undefined,
} satisfies Record<string, Manner>;

/** Answers with the error, as a provider does. */
export function refuse(error: unknown): Manner {
  return (response) => response.end(JSON.stringify({ error: ground.toWire(error) }));
}

export type Provider = {
  readonly port: number;
  /** Calls that have arrived so far. */
  readonly arrived: number;
  /** When each one arrived: milliseconds of this process. */
  readonly arrivals: readonly number[];
  /** Most calls that were in it at once. */
  readonly peak: number;
  behave(manner: Manner): void;
};

/** A provider behind a real socket, that misbehaves as it is told. */
export async function startProvider(t: TestContext): Promise<Provider> {
  let manner: Manner = manners.answer;
  let inside = 0;
  const seen = { arrived: 0, arrivals: [] as number[], peak: 0 };
  const server = createServer(async (incoming, response) => {
    seen.arrived += 1;
    seen.arrivals.push(performance.now());
    inside += 1;
    seen.peak = Math.max(seen.peak, inside);
    response.once('close', () => {
      inside -= 1;
    });
    await text(incoming).catch(() => '');
    manner(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(seen, {
    port,
    behave(next: Manner) {
      manner = next;
    },
  });
}

/** A plain transport: one HTTP request for each call, ended by the deadline or the caller's signal. */
export function plainCalls(port: number): CallTransport {
  const agent = new Agent({ keepAlive: true });
  return {
    name: 'plain',
    serve: () => undefined,
    connect: (_caller, contract, call): Invoke => {
      const name = `${contract}.${call}`;
      return async (ctx, _input, options) => {
        const leftMs = Math.min(ctx.deadline - Date.now(), options?.timeoutMs ?? 60_000);
        const late = AbortSignal.timeout(Math.max(1, leftMs));
        const signal = AbortSignal.any([ctx.signal, late]);
        const answer = await ask(port, agent, signal).catch((error: Error) => {
          if (late.aborted || Date.now() >= ctx.deadline) throw ground.deadlinePassed(name);
          throw ground.unavailable(name, error.message);
        });
        const { output, error } = JSON.parse(answer) as { output?: unknown; error?: unknown };
        if (error !== undefined) throw ground.fromWire(error);
        return output;
      };
    },
    close: async () => agent.destroy(),
  };
}

async function ask(port: number, agent: Agent, signal: AbortSignal): Promise<string> {
  const asking = request({ host: '127.0.0.1', port, agent, signal, method: 'POST' });
  asking.end('{}');
  const [response] = await once(asking, 'response');
  return await text(response);
}

type SceneOptions = {
  readonly policy?: Partial<EdgePolicy>;
  readonly contracts?: readonly AnyContract[];
  readonly random?: () => number;
};

/** Small times, so that a circuit opens and closes within a test. */
const quick: Partial<EdgePolicy> = {
  openMs: 100,
  probeTimeoutMs: 200,
  fairMs: 20,
  retry: { firstDelayMs: 5, maxDelayMs: 20 },
};

type Ask = (ctx?: CallContext) => Promise<unknown>;

export function resilient(t: TestContext, transport: CallTransport, options: SceneOptions = {}) {
  const { policy, contracts = [orders], random = seededRandom(11) } = options;
  const metrics = createMetrics();
  const calls = resilientCalls(transport, {
    ...{ contracts, metrics, log, random },
    policy: { ...quick, ...policy },
  });
  t.after(() => calls.close());
  return { calls, metrics };
}

/** A caller's way to the provider, with everything around it. */
export async function scene(t: TestContext, options: SceneOptions = {}) {
  const provider = await startProvider(t);
  const { calls, metrics } = resilient(t, plainCalls(provider.port), options);
  const asking = (call: string): Ask => {
    const invoke = calls.connect('gateway', 'orders', call);
    return async (ctx = work()) => await invoke(ctx, {});
  };
  return { provider, calls, metrics, get: asking('get'), put: asking('put') };
}

type Work = { timeoutMs?: number; key?: string; gone?: AbortController };

/** The work that asks. */
export function work({ timeoutMs = 5_000, key = 'work', gone }: Work = {}): CallContext {
  return createContext({
    ...{ caller: 'gateway', actor: { kind: 'anyone' }, key, trace: newTrace() },
    ...{ deadline: Date.now() + timeoutMs, clock: systemClock, log, gone },
  });
}

/** What became of so many calls made at once: each answer, or the error. */
export async function crowd(count: number, ask: () => Promise<unknown>): Promise<unknown[]> {
  return await Promise.all(Array.from({ length: count }, () => ask().catch((error) => error)));
}

export const isUnavailable = callFailures.providerUnavailable.is;
export const isNotAsked = callFailures.notAsked.is;
export const isLate = callFailures.deadlinePassed.is;
