import type { Response } from 'express';

import type { Reply, Route, RouteRequest } from './route.ts';

/** Answers with what a call put out. */
export type SendReply = (response: Response, output: unknown, asked: RouteRequest) => void;

/** Composes the answer of success: the route's status and the output, or what its `reply` says. */
export function composeReply(route: Route): SendReply {
  const { reply, status } = route;
  // What anybody may read may be kept if it is asked for again; anything else is kept by nobody.
  const caching = route.access === 'anyone' && route.method === 'GET' ? 'no-cache' : 'no-store';
  if (!reply) return (response, output) => send(response, status, output, caching, undefined);
  return (response, output, asked) => {
    const said: Reply = reply(output, asked);
    const body = Object.hasOwn(said, 'body') ? said.body : output;
    send(response, said.status ?? status, body, caching, said.headers);
  };
}

function send(
  response: Response,
  status: number,
  body: unknown,
  caching: string,
  headers: Reply['headers'],
): void {
  if (body === undefined || status === 204 || status === 304) {
    response.writeHead(status === 200 ? 204 : status, { 'cache-control': caching, ...headers });
    response.end();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': caching,
    ...headers,
  });
  response.end(text);
}
