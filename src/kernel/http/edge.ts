import type { IncomingMessage, RequestListener } from 'node:http';
import express, { type Application, type ErrorRequestHandler, type RequestHandler } from 'express';

import { callFailures } from '../calls/call-failures.ts';
import { newTrace } from '../calls/context.ts';
import type { Metrics } from '../metrics.ts';
import type { Logger } from '../ports/logger.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { beginRequest, endRequest } from '../telemetry/work-spans.ts';
import { edgeFailures } from './edge-failures.ts';
import { beginExchange, type Exchange, exchangeOf } from './exchange.ts';
import { headersOf, isNews, problemOf, sendProblem } from './problem.ts';

export type EdgeOptions = {
  /** Tells this edge's metrics and log lines from another's: `public`, `operator`. */
  readonly name: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Records a span for each request. */
  readonly telemetry?: Telemetry | undefined;
  /** The address of who asks; without, that of the other end of the connection. */
  readonly clientOf?: (request: IncomingMessage) => string;
  /** Mounts what the edge serves. Whatever it leaves unanswered is answered 404. */
  readonly mount: (app: Application) => void;
};

/**
 * An Express application with what every edge of ours has: a request id and trace, one kind of error
 * body, a log line and a measurement for each request.
 */
export function createEdge(options: EdgeOptions): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Queries are read by the schema of the call; paths mean exactly what they say.
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(begin(options));
  options.mount(app);
  app.use(() => {
    throw edgeFailures.routeNotFound();
  });
  app.use(answerErrors(options));
  return app;
}

/** Who is turned away, and why, is kept: what is being tried shows in it. Never what was sent. */
const audited: ReadonlySet<number> = new Set([401, 403, 429]);

const peerOf = ({ socket }: IncomingMessage) => socket.remoteAddress ?? '';

function begin(options: EdgeOptions): RequestHandler {
  const { log, metrics, name, telemetry, clientOf = peerOf } = options;
  const measure = composeMeasure(metrics, name);
  return (request, response, next) => {
    const span = telemetry && beginRequest(telemetry, request);
    const exchange: Exchange = {
      trace: span?.trace ?? newTrace(),
      route: '',
      client: clientOf(request),
      account: undefined,
      gone: new AbortController(),
    };
    beginExchange(response, exchange);
    response.setHeader('x-request-id', exchange.trace.traceId);
    const startedAt = performance.now();
    response.once('close', () => {
      if (!response.writableFinished) exchange.gone.abort();
      const ms = performance.now() - startedAt;
      const { route } = exchange;
      const status = response.headersSent ? response.statusCode : 499;
      measure(route, status, ms);
      if (span) endRequest(span, route, status);
      const facts = {
        edge: name,
        route,
        status,
        ms: Math.round(ms),
        trace: exchange.trace.traceId,
      };
      // A successful reading changes nothing, and is most of what there is.
      if (status < 400 && request.method === 'GET') log.debug(facts, 'answered');
      else log.info(facts, 'answered');
    });
    next();
  };
}

/** The series are few, and finding one by its labels on every request would cost more than adding. */
function composeMeasure(metrics: Metrics, edge: string) {
  const durations = metrics.histogram('http_request_duration_seconds', 'Time to the last byte.');
  const known = new Map<string, ReturnType<typeof durations.of>>();
  return (route: string, status: number, ms: number) => {
    const key = `${status} ${route}`;
    const series = known.get(key) ?? durations.of({ edge, route, status: `${status}` });
    known.set(key, series);
    series.observe(ms / 1000);
  };
}

/** What is left of a client that has gone is nobody's fault. */
const isAbort = (error: unknown) => (error as Error | undefined)?.name === 'AbortError';

function answerErrors({ log, name }: EdgeOptions): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const { trace, route, client, account, gone } = exchangeOf(response);
    // Express itself throws only for a path whose percent encoding is broken.
    const known = error instanceof URIError ? edgeFailures.malformedPath() : error;
    const problem = problemOf(known, trace.traceId);
    const facts = { edge: name, route, client, account, trace: trace.traceId };
    if (isNews(known) && !(gone.signal.aborted && isAbort(known)))
      log.error({ err: known, ...facts }, 'a request broke');
    if (callFailures.providerUnavailable.is(known)) {
      log.warn({ ...facts, why: known.details.why }, 'a module did not answer');
    }
    if (audited.has(problem.status)) log.warn({ audit: problem.code, ...facts }, 'turned away');
    sendProblem(response, problem, headersOf(known));
  };
}
