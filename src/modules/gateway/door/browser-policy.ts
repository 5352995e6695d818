import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

const oneYearSeconds = 31_536_000;

/** Nothing may be loaded but our own pages' style, script and pictures, and nobody may frame them. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'style-src': ["'self'"],
    'script-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  },
};

/** The headers that tell browsers to be strict with our answers. */
export function securityHeaders(): RequestHandler {
  const headers = strictHeaders();
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/** What helmet says is the same for every answer, and asking it each time costs a tenth of a short one. */
function strictHeaders(): readonly (readonly [name: string, value: string])[] {
  const headers: [string, string][] = [];
  const answer = {
    setHeader: (name: string, value: string) => void headers.push([name, value]),
    removeHeader: () => undefined,
  };
  const say = helmet({
    contentSecurityPolicy,
    strictTransportSecurity: { maxAge: oneYearSeconds, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
    // What only speaks to browsers of the past, or says again what the policy above says.
    xXssProtection: false,
    xDownloadOptions: false,
    xDnsPrefetchControl: false,
    xPermittedCrossDomainPolicies: false,
    originAgentCluster: false,
  });
  say({} as IncomingMessage, answer as unknown as ServerResponse, (problem) => {
    if (problem) throw problem;
  });
  return headers;
}

const allowedHeaders = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'if-range',
  'last-event-id',
  'prefer',
  'range',
];

const exposedHeaders = [
  'accept-ranges',
  'content-disposition',
  'content-range',
  'etag',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
];

/**
 * Lets pages of these origins call, each named exactly: no pattern, no `null`, no cookies. A browser
 * keeps the answers from any other origin's page.
 */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  return cors({
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders,
    exposedHeaders,
    maxAge: 600,
  });
}
