import type { Request, Response } from 'express';

import type { Call } from '../contract.ts';
import type { Actor } from '../ports/call-context.ts';
import type { Invoke } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import type { Route } from './route.ts';

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
