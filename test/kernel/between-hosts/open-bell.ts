import { after } from 'node:test';

import { createContext, newTrace } from '#kernel/calls/context';
import { remoteGround } from '#kernel/calls/remote-ground';
import { type AnyContract, type Call, defineContract, query } from '#kernel/contract';
import { openHost } from '#kernel/host/host';
import { createOperator } from '#kernel/http/operator';
import { createLogger } from '#kernel/log';
import { createMetrics } from '#kernel/metrics';
import { defineModule } from '#kernel/module';
import type { Trust } from '#kernel/ports/trust';
import { type TObject, Type } from '#kernel/schema';
import { systemClock, systemIds } from '#kernel/system-clock';
import { openTrust } from '#kernel/trust/open-trust';
import { contractBook } from '#kernel/versions/contract-book';
import { kindsOf } from '#test/http-hosts';
import { staticBalancer } from '#test/static-balancer';
import { temporaryFolder } from '#test/temp-folder';

import { openHttpTransport } from '../../../src/transports/http/transport.ts';
import { inProcessEvents } from '../../../src/transports/in-process/events.ts';

export type Mode = 'stream' | 'request';
type Line = Readonly<Record<string, unknown>>;

/** A contract in whatever version a test wants. */
export function bellWith(input: TObject, output: TObject = Type.Object({})) {
  const calls = { ring: query('Rings.', { input, output }) };
  return defineContract('bell', { calls, events: {}, errors: {} });
}

export const tower = defineContract('tower', { calls: {}, events: {}, errors: {} });
export const street = defineContract('street', { calls: {}, events: {}, errors: {} });

function trustOf(host: string, modules: readonly string[], dataDir: string, lines: Line[]): Trust {
  return openTrust({
    ...{ host, modules, dataDir, clock: systemClock, log: logTo(lines) },
    settings: { SERVICE_KEY: undefined, SERVICE_TRUST: undefined },
    spread: 'one-machine',
    production: false,
  });
}

function logTo(lines: Line[]) {
  return createLogger('info', { write: (line) => lines.push(JSON.parse(line)) });
}

/** The host of `bell`, behind its internal listener: `tower` may call it, and `street` may not. */
export async function openBell(dataDir: string, bell: AnyContract) {
  const lines: Line[] = [];
  const module = defineModule({
    ...{ contract: bell, calls: [], hears: [], store: { entities: [], migrations: [] } },
    wire: () => ({ handlers: { ring: async () => ({ sound: 'dong' }) } }) as never,
  });
  const http = transportOf('depot', [bell], {
    trust: trustOf('depot', ['bell'], dataDir, lines),
    book: contractBook({ contracts: [bell], modules: [module], granted: {} }),
    ...{ mode: 'stream', lines },
  });
  const host = await openHost({
    definitions: [module],
    callers: [
      { contract: tower, calls: [bell] },
      { contract: street, calls: [] },
    ],
    ...{ settings: {}, databaseOf: () => undefined, poolSize: 1, granted: {} },
    dataDir: temporaryFolder({ after }),
    ...{ calls: http.calls, events: inProcessEvents(), clock: systemClock, ids: systemIds },
    log: logTo(lines),
  });
  const operator = createOperator({
    ...{ port: 0, bind: '127.0.0.1', dataDir, host: 'depot', token: 'x'.repeat(32) },
    ...{ modules: host.modules, readiness: async () => ({ ready: true, reasons: [] }) },
    ...{ metrics: createMetrics(), log: logTo(lines), endpoints: [http.endpoint] },
  });
  await host.start();
  const { url, port } = await operator.listen();
  after(async () => {
    await operator.drain({ deadlineMs: 1_000 });
    await host.stop();
    await http.close();
  });
  return { url, port, lines, audits: () => lines.filter(({ audit }) => audit !== undefined) };
}

type Parts = {
  readonly trust: Trust;
  readonly book: ReturnType<typeof contractBook>;
  readonly mode: Mode;
  readonly lines: Line[];
};

function transportOf(host: string, contracts: readonly AnyContract[], parts: Parts, url?: string) {
  const balancer = staticBalancer();
  if (url) balancer.add('bell', { id: 'depot', url });
  return openHttpTransport({
    ...{ host, modules: [], ...parts, balancer, kindOf: kindsOf(contracts), clock: systemClock },
    modules: host === 'depot' ? ['bell'] : ['tower', 'street'],
    ground: remoteGround(systemClock, logTo(parts.lines)),
    hearersOf: () => [],
    log: logTo(parts.lines),
  });
}

type Asking = {
  readonly bell: AnyContract;
  readonly mode: Mode;
  readonly dataDir: string;
  /** What its keys say that it speaks for. */
  readonly speaksFor?: readonly string[];
};

/** Another host, which asks for `bell` at `url`. */
export function openAsking(url: string, { bell, mode, dataDir, speaksFor }: Asking) {
  const lines: Line[] = [];
  const trust = trustOf('till', speaksFor ?? ['tower', 'street'], dataDir, lines);
  const modules = [{ contract: tower, calls: [bell], hears: [] }];
  const book = contractBook({ contracts: [bell, tower], modules, granted: {} });
  const http = transportOf('till', [bell], { trust, book, mode, lines }, url);
  after(() => http.close());
  const ring = bell.calls.ring as Call;
  return {
    lines,
    trust,
    ask: async (caller: string, input: object = {}) =>
      await http.calls.connect(caller, 'bell', ring.name)(rootContext(), input),
  };
}

function rootContext() {
  return createContext({
    ...{ caller: 'edge', actor: { kind: 'anyone' }, key: 'key', trace: newTrace() },
    ...{ deadline: Date.now() + 10_000, clock: systemClock, log: logTo([]), gone: undefined },
  });
}
