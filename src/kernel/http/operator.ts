import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Application, Response } from 'express';

import type { Metrics } from '../metrics.ts';
import type { InternalEndpoint } from '../ports/internal-endpoint.ts';
import type { Logger } from '../ports/logger.ts';
import { createEdge } from './edge.ts';
import { composeEndpoints } from './internal-endpoints.ts';
import { type DrainTimes, HttpListener, type ListenerLimits } from './listener.ts';
import { mountEvents } from './operator-events.ts';
import { type OperatedModules, sendJson } from './operator-input.ts';
import { mountOperatorPage } from './operator-page.ts';
import { mountProjections } from './operator-projections.ts';
import { mountSagas } from './operator-sagas.ts';
import { mountSchedules } from './operator-schedules.ts';
import { operatorUrlFile, readOperatorToken, requireOperatorToken } from './operator-token.ts';
import { measureProgress, type Readiness } from './progress.ts';

export type OperatorOptions = {
  readonly port: number;
  readonly bind: string;
  /** Holds the operators' token and, while this listens, its address. */
  readonly dataDir: string;
  /** The name of this host, where several share the data folder. */
  readonly host?: string | undefined;
  /** What transports serve here for other hosts. */
  readonly endpoints?: readonly InternalEndpoint[];
  /** OPERATOR_TOKEN; without, one is made and kept in the data folder. */
  readonly token: string | undefined;
  readonly modules: OperatedModules;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly limits?: Partial<ListenerLimits>;
};

/** The operators' listener: never on the public port, and bound to this machine by default. */
export type Operator = {
  /** Throws a `StartError` when the port, the address or the token don't do. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /** From now on the host says that it is not ready, while it still serves. */
  unready(): void;
  /** Takes nothing from other hosts any more, and resolves when what they had asked is answered. */
  leave(deadlineMs?: number): Promise<void>;
  /** Leaves, if it has not yet, and closes. */
  drain(times?: DrainTimes): Promise<void>;
};

/**
 * One address may be a whole machine of hosts, each with a connection for every stream that it reads
 * (TRANSPORT_MODE=request).
 */
export const internalLimits: Partial<ListenerLimits> = { connectionsPerAddress: 5_000 };

/** The internal port where none is set: the public one and 1000, or any where that is any. */
export function internalPort(own: number | undefined, publicPort: number): number {
  if (own !== undefined) return own;
  return publicPort === 0 ? 0 : publicPort + 1000;
}

/** How long other hosts have for what they asked, and then all who are connected to go. */
const drainWithinMs = 10_000;

/** Serves health and measurements to whoever reaches it, and the mending of work to operators. */
export function createOperator(options: OperatorOptions): Operator {
  const { port, bind, dataDir, metrics, log, modules, limits, endpoints = [] } = options;
  const settings = { port: 'INTERNAL_PORT', bind: 'INTERNAL_BIND' };
  const listener = new HttpListener({
    ...{ settings, port, bind, asksForBodies: true },
    limits: { ...internalLimits, ...limits },
  });
  const served = composeEndpoints(endpoints, log);
  const note = addressNote(join(dataDir, operatorUrlFile(options.host)));
  let leaving = false;
  let left: Promise<void> | undefined;
  const leave = (deadlineMs = drainWithinMs) => {
    leaving = true;
    left ??= served.drain(deadlineMs);
    return left;
  };
  return {
    async listen() {
      const token = readOperatorToken(dataDir, options.token);
      measureProgress(metrics, modules);
      const mount = (app: Application) => mountOperator(app, { ...options, token }, () => leaving);
      const edge = createEdge({ name: 'operator', log, metrics, mount });
      const { requests, upgrades, connections } = served;
      const address = await listener.listen(requests(edge), upgrades, connections);
      note.write(address.url);
      return address;
    },
    unready() {
      leaving = true;
    },
    leave,
    async drain({ deadlineMs = drainWithinMs, ...times } = {}) {
      const overAt = performance.now() + deadlineMs;
      await leave(deadlineMs);
      await listener.drain({ ...times, deadlineMs: Math.max(0, overAt - performance.now()) });
      note.remove();
    },
  };
}

/** Tells where this host listens. Another instance of it may have written its own address since. */
function addressNote(file: string) {
  let written: string | undefined;
  return {
    write(url: string) {
      written = `${url}\n`;
      writeFileSync(file, written, { mode: 0o600 });
    },
    remove() {
      if (written === undefined || readIfThere(file) !== written) return;
      rmSync(file, { force: true });
    },
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function mountOperator(
  app: Application,
  { token, modules, readiness, metrics, log }: OperatorOptions & { readonly token: string },
  isLeaving: () => boolean,
): void {
  mountOperatorPage(app);
  app.get('/health/live', (_request, response) => sendJson(response, { status: 'live' }));
  app.get('/health/ready', async (_request, response) => {
    const answer = isLeaving() ? { ready: false, reasons: ['it is stopping'] } : await readiness();
    answerReadiness(response, answer);
  });
  app.get('/metrics', async (_request, response) => {
    const text = await metrics.render();
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(text);
  });
  app.use('/operator', requireOperatorToken(token));
  mountEvents(app, modules, log);
  mountSagas(app, modules, log);
  mountProjections(app, modules, log);
  mountSchedules(app, modules);
  app.get('/operator/modules', async (_request, response) => {
    const items = [...modules].map(async ([module, { events }]) => ({
      module,
      ...(await events.lag()),
    }));
    sendJson(response, { items: await Promise.all(items) });
  });
}

function answerReadiness(response: Response, { ready, reasons }: Readiness): void {
  const status = ready ? 'ready' : 'not ready';
  response.writeHead(ready ? 200 : 503, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify({ status, reasons }));
}
