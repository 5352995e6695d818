import type { Application, RequestHandler } from 'express';

import { isPassing } from '../failure.ts';
import type { CallContext } from '../ports/call-context.ts';
import { answerInTime } from './answer-in-time.ts';
import { composeBeginning } from './begin-work.ts';
import type { Door } from './door.ts';
import { edgeFailures } from './edge-failures.ts';
import { sendStream } from './event-stream.ts';
import { exchangeOf } from './exchange.ts';
import { composeReply } from './reply.ts';
import type { Route, RouteRequest } from './route.ts';
import { serveDownload, serveUpload } from './serve-bytes.ts';
import { serveParts } from './serve-parts.ts';
import { createStreamSlots } from './stream-slots.ts';

const defaultAnswerWithinMs = 35_000;

/** As long as an access token lasts: a stream outlives the right to it by no more than that. */
const streamLastsMs = 600_000;

/** Mounts one handler for each method of a path, and a 405 for its other methods. */
export function mountRoutes(app: Application, routes: readonly Route[], door: Door): void {
  const serve = composeServing(door);
  for (const [path, atPath] of groupByPath(routes)) {
    const mounted = app.route(path);
    const byMethod = Map.groupBy(atPath, verbOf);
    for (const [verb, ways] of byMethod) mounted[verb](named(ways[0] as Route, serve(ways)));
    mounted.all(methodNotAllowed(atPath.map(({ method }) => method)));
  }
}

/** Refuses a method that a path does not have, and names those that it has. */
export function methodNotAllowed(methods: readonly string[]): RequestHandler {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : [...methods];
  return () => {
    throw edgeFailures.methodNotAllowed({ allowed });
  };
}

/** Each kind of call is served in its own way; what several modules answer together, in one. */
function composeServing(door: Door): (ways: readonly Route[]) => RequestHandler {
  const { answerWithinMs = defaultAnswerWithinMs } = door;
  const serveStream = composeStreams(door);
  return (ways) => {
    const [route] = ways as [Route];
    const inTime = answerInTime(route, answerWithinMs);
    if (route.part) return serveParts(ways, door, streamLastsMs, inTime);
    const { kind } = route.call;
    if (kind === 'stream') return serveStream(route);
    if (kind === 'upload') return serveUpload(route, door);
    if (kind === 'download') return serveDownload(route, door, streamLastsMs, inTime);
    return serveCall(route, door, answerWithinMs, inTime);
  };
}

function serveCall(
  route: Route,
  door: Door,
  lastsMs: number,
  inTime: ReturnType<typeof answerInTime>,
): RequestHandler {
  const begin = composeBeginning(route, door, lastsMs);
  const invoke = door.connect(route.call);
  const follow = composeFollowUp(route, door);
  const reply = composeReply(route);
  return async (request, response, next) => {
    const { ctx, input, asked } = await begin(request, response);
    const last = await inTime(next, async () => {
      const output = await invoke(ctx, input);
      return follow ? await follow(ctx, output, asked) : output;
    });
    if (!response.headersSent) reply(response, last, asked);
  };
}

function composeStreams(door: Door): (route: Route) => RequestHandler {
  const slots = createStreamSlots();
  return (route) => {
    const begin = composeBeginning(route, door, streamLastsMs);
    const invoke = door.connect(route.call);
    return async (request, response) => {
      const { ctx, input } = await begin(request, response);
      const { account, client, gone, trace } = exchangeOf(response);
      // Who has left meanwhile would never give the place back.
      if (gone.signal.aborted) return;
      const leave = slots.enter(account ?? client);
      response.once('close', leave);
      await sendStream(response, () => invoke(ctx, input) as AsyncIterable<unknown>, {
        nameItem: route.event,
        ends: ctx.signal,
        gone,
        stopping: door.stopping,
        heartbeatMs: door.heartbeatMs,
        isEventSource: /\btext\/event-stream\b/.test(request.headers.accept ?? ''),
        traceId: trace.traceId,
        log: door.log,
      });
    };
  };
}

/**
 * Asks what became of a command. What it answered itself is good as well, and stands when this process
 * stops meanwhile or nobody can be asked: what has taken effect must not look as if it had failed.
 */
function composeFollowUp({ followedBy }: Route, door: Door) {
  if (!followedBy) return undefined;
  const invoke = door.connect(followedBy.call);
  return async (ctx: CallContext, output: unknown, asked: RouteRequest) => {
    const stopped = once(door.stopping, output);
    try {
      return await Promise.race([invoke(ctx, followedBy.input(output, asked)), stopped.promise]);
    } catch (error) {
      if (isPassing(error)) return output;
      throw error;
    } finally {
      stopped.forget();
    }
  };
}

/** Resolves with `value` once `signal` has aborted. */
function once<T>(signal: AbortSignal, value: T) {
  const { promise, resolve } = Promise.withResolvers<T>();
  const end = () => resolve(value);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return { promise, forget: () => signal.removeEventListener('abort', end) };
}

/** Tells logs and metrics which route it is, whatever becomes of the request. */
function named({ method, path }: Route, handler: RequestHandler): RequestHandler {
  const name = `${method} ${path}`;
  return (request, response, next) => {
    exchangeOf(response).route = name;
    return handler(request, response, next);
  };
}

/** Literal paths before those with parameters, so that `/users/me` is never somebody's id. */
function groupByPath(routes: readonly Route[]): readonly [string, readonly Route[]][] {
  const groups = Map.groupBy(routes, ({ path }) => path);
  for (const [path, atPath] of groups) {
    const methods = atPath.filter(({ part }) => !part).map(({ method }) => method);
    const gathered = new Set(atPath.filter(({ part }) => part).map(({ method }) => method));
    if (new Set(methods).size < methods.length || methods.some((one) => gathered.has(one))) {
      throw new TypeError(`Two routes want the same method of ${path}.`);
    }
  }
  return [...groups].sort(([a], [b]) => Number(a.includes(':')) - Number(b.includes(':')));
}

function verbOf({ method }: Route): 'get' | 'post' | 'put' | 'patch' | 'delete' {
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
}
