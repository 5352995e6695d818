import { type IncomingMessage, type OutgoingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Response } from 'express';

import { CallBroke, callFailures } from '../calls/call-failures.ts';
import { Failure } from '../failure.ts';
import { edgeFailures } from './edge-failures.ts';
import { lingerAfter } from './linger.ts';

/** RFC 9457. `details` are the facts that the failure declares, less what stands beside them. */
export type Problem = {
  /** Where the failure is described, relative to the public address. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly traceId: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  readonly details?: unknown;
};

/**
 * The body of a refusal. A declared failure answers with its kind's status; of its facts, `detail`
 * and `errors` are the members of that name. Anything else is a bug and answers 500 without a word
 * of what went wrong.
 */
export function problemOf(error: unknown, traceId: string): Problem {
  if (!(error instanceof Failure)) return bareProblem(500, 'internal_error', traceId);
  const { code, status, message: title } = error;
  return { type: problemType(code), title, status, code, traceId, ...shownFacts(factsOf(error)) };
}

/** Where a module runs is nobody's business outside; the log has it. */
function factsOf(error: Failure): unknown {
  const { providerUnavailable } = callFailures;
  if (!providerUnavailable.is(error)) return error.details;
  return { ...error.details, why: 'It could not be reached, or its answer got lost.' };
}

/** A problem without facts, for what goes wrong below the calls. */
export function bareProblem(status: number, code: string, traceId: string): Problem {
  const title = status === 500 ? 'Something went wrong on our side.' : STATUS_CODES[status];
  return { type: problemType(code), title: title ?? 'Refused', status, code, traceId };
}

/**
 * Answers with the problem. Where an answer has begun the connection is broken off instead, and where
 * one has been given it is too late.
 */
export function sendProblem(
  response: Response,
  problem: Problem,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // The rest of a body that nobody reads must not be taken for the next request.
  if (!(response.req as IncomingMessage).complete) {
    response.shouldKeepAlive = false;
    lingerAfter(response);
  }
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(body);
}

/** The headers that belong to a refusal: when to come back, how to log in, what is allowed. */
export function headersOf(error: unknown): OutgoingHttpHeaders {
  if (!(error instanceof Failure)) return {};
  if (error.kind === 'unavailable' || error.kind === 'too_many') {
    return { 'retry-after': String(retryAfterSeconds(error.details)) };
  }
  if (error.kind === 'unauthenticated') return { 'www-authenticate': 'Bearer' };
  if (edgeFailures.methodNotAllowed.is(error)) return { allow: error.details.allowed.join(', ') };
  return {};
}

/** Whether nobody has told of this error yet: the provider has logged what broke behind a call. */
export function isNews(error: unknown): boolean {
  return !(error instanceof Failure || error instanceof CallBroke);
}

const problemType = (code: string) => `/docs#${code}`;

/** A failure says itself in how many seconds to come back, or it is worth a try in one. */
export function retryAfterSeconds(details: unknown): number {
  const told = (details as { retryAfter?: unknown } | undefined)?.retryAfter;
  return typeof told === 'number' && told >= 1 ? Math.ceil(told) : 1;
}

function shownFacts(facts: unknown): Partial<Problem> {
  if (typeof facts !== 'object' || facts === null) return {};
  const { detail, errors, ...details } = facts as Partial<Problem>;
  return {
    ...(typeof detail === 'string' && { detail }),
    ...(Array.isArray(errors) && { errors }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}
