import type { Application, Request, RequestHandler, Response } from 'express';

import { callFailures } from '../calls/call-failures.ts';
import { createContext } from '../calls/context.ts';
import type { Call } from '../contract.ts';
import type { Actor, CallContext } from '../ports/call-context.ts';
import type { Invoke } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import { composeKey } from './command-key.ts';
import { edgeFailures } from './edge-failures.ts';
import { sendStream } from './event-stream.ts';
import { exchangeOf } from './exchange.ts';
import { composeReply } from './reply.ts';
import type { Route, RouteRequest } from './route.ts';
import { composeInput, type ReadInput } from './route-input.ts';
import { createStreamSlots } from './stream-slots.ts';

/** Decides who asks and whether they may, before a body is read. Throws a failure when they may not. */
export type Admit = (request: Request, response: Response) => Promise<Actor> | Actor;

/** What routes are served through. */
export type Door = {
  /** The module that the calls are made as. */
  readonly caller: string;
  /** Finds the function behind a call; asked once for each route, at start. */
  connect(call: Call): Invoke;
  /** Composes the policy of a route, once, at start. */
  admission(route: Route): Admit;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** Aborted when the process stops: streams end then. */
  readonly stopping: AbortSignal;
  readonly heartbeatMs?: number | undefined;
  /** Without: the longest `Prefer: wait`, and five seconds for the work around it. */
  readonly answerWithinMs?: number | undefined;
};

const defaultAnswerWithinMs = 35_000;

/** As long as an access token lasts: a stream outlives the right to it by no more than that. */
const streamLastsMs = 600_000;

/** Mounts one handler for each route, and a 405 for the other methods of its path. */
export function mountRoutes(app: Application, routes: readonly Route[], door: Door): void {
  const serveStream = composeStreams(door);
  for (const [path, atPath] of groupByPath(routes)) {
    const mounted = app.route(path);
    for (const route of atPath) {
      const handler = route.call.kind === 'stream' ? serveStream(route) : serveCall(route, door);
      mounted[verbOf(route)](named(route, handler));
    }
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

function serveCall(route: Route, door: Door): RequestHandler {
  const { answerWithinMs = defaultAnswerWithinMs } = door;
  const begin = composeBeginning(route, door, answerWithinMs);
  const invoke = door.connect(route.call);
  const follow = composeFollowUp(route, door);
  const reply = composeReply(route);
  const tooLate = callFailures.deadlinePassed({
    call: `${route.call.contract}.${route.call.name}`,
  });
  return async (request, response, next) => {
    const { ctx, input, asked } = await begin(request, response);
    // A handler that looks at no signal may hang; whoever waits for it is answered all the same.
    const late = setTimeout(() => next(tooLate), answerWithinMs).unref();
    try {
      const output = await invoke(ctx, input);
      const last = follow ? await follow(ctx, output, asked) : output;
      if (!response.headersSent) reply(response, last, asked);
    } finally {
      clearTimeout(late);
    }
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
      const leave = slots.enter(account ?? client);
      response.once('close', leave);
      await sendStream(response, () => invoke(ctx, input) as AsyncIterable<unknown>, {
        nameItem: route.event,
        ends: ctx.signal,
        gone,
        stopping: door.stopping,
        heartbeatMs: door.heartbeatMs,
        traceId: trace.traceId,
        log: door.log,
      });
    };
  };
}

type Begun = {
  readonly ctx: CallContext;
  readonly input: unknown;
  readonly asked: RouteRequest;
};

/** What every route begins with: admission, then the input, then the context of the work. */
function composeBeginning(route: Route, door: Door, lastsMs: number) {
  const admit = door.admission(route);
  const readInput: ReadInput = composeInput(route);
  const readKey = composeKey(route, door.ids);
  const { caller, clock, log } = door;
  return async (request: Request, response: Response): Promise<Begun> => {
    const exchange = exchangeOf(response);
    const actor = await admit(request, response);
    if (actor.kind !== 'anyone') exchange.account = actor.id;
    const key = readKey(request, actor);
    const asked = { actor, header: (name: string) => headerOf(request, name) };
    const input = await readInput(request, asked);
    const deadline = clock.now() + lastsMs;
    const { trace, gone } = exchange;
    const ctx = createContext({ caller, actor, key, trace, deadline, clock, log, gone });
    return { ctx, input, asked };
  };
}

function composeFollowUp({ followedBy }: Route, door: Door) {
  if (!followedBy) return undefined;
  const invoke = door.connect(followedBy.call);
  return (ctx: CallContext, output: unknown, asked: RouteRequest) =>
    invoke(ctx, followedBy.input(output, asked));
}

function headerOf({ headers }: Request, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
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
    const methods = atPath.map(({ method }) => method);
    if (new Set(methods).size < methods.length) {
      throw new TypeError(`Two routes want the same method of ${path}.`);
    }
  }
  return [...groups].sort(([a], [b]) => Number(a.includes(':')) - Number(b.includes(':')));
}

function verbOf({ method }: Route): 'get' | 'post' | 'put' | 'patch' | 'delete' {
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
}
