import { readFileSync } from 'node:fs';
import type { Application, RequestHandler } from 'express';

import { methodNotAllowed } from '#kernel/http/dispatch';
import { exchangeOf } from '#kernel/http/exchange';
import type { OpenApi } from '#kernel/http/openapi';

import { docsPage } from './docs-page.ts';
import { landingPage } from './landing-page.ts';

type Pages = {
  /** Made when somebody first asks, so that it costs the start nothing. */
  readonly describe: () => OpenApi;
  readonly isUp: () => boolean;
};

/** Mounts what the door says itself: its pages, the description of the API, and whether it is up. */
export function servePages(app: Application, { describe, isUp }: Pages): void {
  const api = once(describe);
  const html = 'text/html; charset=utf-8';
  const at = (path: string, type: string, make: () => string) =>
    mount(app, path, still(type, make));
  at('/', html, () => landingPage(api()));
  at('/docs', html, () => docsPage(api()));
  for (const sheet of ['page', 'docs', 'landing']) {
    at(`/docs/${sheet}.css`, 'text/css; charset=utf-8', () => read(`./${sheet}.css`));
  }
  at('/docs/page.js', 'text/javascript; charset=utf-8', () => read('./page.js'));
  at('/openapi.json', 'application/json; charset=utf-8', () => JSON.stringify(api(), null, 1));
  mount(app, '/health', (_request, response) => {
    const up = isUp();
    const text = JSON.stringify({ status: up ? 'up' : 'down' });
    response.writeHead(up ? 200 : 503, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': text.length,
      'cache-control': 'no-store',
    });
    response.end(text);
  });
}

function mount(app: Application, path: string, serve: RequestHandler): void {
  app
    .route(path)
    .get((request, response, next) => {
      exchangeOf(response).route = `GET ${path}`;
      return serve(request, response, next);
    })
    .all(methodNotAllowed(['GET']));
}

/** Answers a text that stays the same as long as the process runs. */
function still(type: string, make: () => string): RequestHandler {
  const text = once(() => Buffer.from(make()));
  return (_request, response) => {
    response.writeHead(200, {
      'content-type': type,
      'content-length': text().length,
      'cache-control': 'no-cache',
    });
    response.end(text());
  };
}

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
