import type { RequestListener } from 'node:http';

import { remoteGround } from '#kernel/calls/remote-ground';
import type { AnyContract, Call } from '#kernel/contract';
import { composeEndpoints } from '#kernel/http/internal-endpoints';
import { HttpListener, type ListenerLimits } from '#kernel/http/listener';
import { internalLimits } from '#kernel/http/operator';
import { createLogger, type LogLevel } from '#kernel/log';
import type { Clock } from '#kernel/ports/clock';
import type { HearersOf } from '#kernel/ports/event-transport';
import type { ContractBook } from '#kernel/ports/internal-endpoint';
import type { Logger } from '#kernel/ports/logger';
import { systemClock } from '#kernel/system-clock';

import {
  type HttpTransport,
  type HttpTransportOptions,
  openHttpTransport,
} from '../../src/transports/http/transport.ts';
import { type StaticBalancer, staticBalancer } from './static-balancer.ts';
import { type StaticTrust, staticTrust } from './static-trust.ts';

export type HttpHostOptions = Partial<Omit<HttpTransportOptions, 'trust' | 'balancer'>> & {
  readonly balancer?: StaticBalancer;
  readonly trust?: StaticTrust;
  readonly contracts?: readonly AnyContract[];
  readonly hearersOf?: HearersOf;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly listener?: Partial<ListenerLimits>;
  /** Any free one when not given. */
  readonly port?: number;
};

/** A host as others reach it: a transport behind an internal listener of its own. */
export type HttpHost = {
  readonly transport: HttpTransport;
  readonly trust: StaticTrust;
  readonly balancer: StaticBalancer;
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
};

const log = createLogger((process.env.TEST_LOG ?? 'silent') as LogLevel);

export async function openHttpHost(options: HttpHostOptions = {}): Promise<HttpHost> {
  const { host = 'one', modules = ['*'], contracts = [], clock = systemClock } = options;
  const trust = options.trust ?? staticTrust({ host, modules });
  const balancer = options.balancer ?? staticBalancer();
  const transport = openHttpTransport({
    mode: 'stream',
    book: bookOf(contracts),
    kindOf: kindsOf(contracts),
    ground: remoteGround(clock, options.log ?? log),
    hearersOf: () => [],
    log,
    ...options,
    host,
    modules,
    clock,
    trust,
    balancer,
  });
  const listener = new HttpListener({
    settings: { port: 'INTERNAL_PORT', bind: 'INTERNAL_BIND' },
    port: options.port ?? 0,
    bind: '127.0.0.1',
    asksForBodies: true,
    limits: { ...internalLimits, ...options.listener },
  });
  const served = composeEndpoints([transport.endpoint], log);
  const nobody: RequestListener = (_request, response) => void response.writeHead(404).end();
  const { requests, upgrades, connections } = served;
  const { url, port } = await listener.listen(requests(nobody), upgrades, connections);
  return {
    transport,
    trust,
    balancer,
    port,
    url,
    async close() {
      await transport.close();
      await listener.drain({ deadlineMs: 0 });
    },
  };
}

export function kindsOf(contracts: readonly AnyContract[]): HttpTransportOptions['kindOf'] {
  const all = contracts.flatMap(({ calls }) => Object.values(calls) as Call[]);
  const kinds = new Map(all.map(({ contract, name, kind }) => [`${contract}.${name}`, kind]));
  return (contract, call) => kinds.get(`${contract}.${call}`);
}

/** Contracts go together when they are the same. */
export function bookOf(contracts: readonly AnyContract[]): ContractBook {
  const known = new Map(contracts.map((one) => [one.name, JSON.stringify(one)]));
  return {
    fingerprint: (name) => known.get(name),
    exported: (name) => known.get(name),
    incompatibility: (name, exported) =>
      known.get(name) === exported ? undefined : 'they are not the same',
  };
}
