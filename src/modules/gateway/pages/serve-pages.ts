import { readFileSync } from 'node:fs';
import type { Application, RequestHandler } from 'express';

import type { AsyncApi } from '#kernel/events/asyncapi';
import { methodNotAllowed } from '#kernel/http/dispatch';
import { exchangeOf } from '#kernel/http/exchange';
import type { OpenApi } from '#kernel/http/openapi-document';

import { docsPage } from './docs-page.ts';
import { type Landing, landingPage } from './landing-page.ts';
import { mailboxPage } from './mailbox-page.ts';
import { scripted } from './page.ts';

type Pages = {
  /** Made when somebody first asks, so that it costs the start nothing. */
  readonly describe: () => { readonly api: OpenApi; readonly told: AsyncApi };
  readonly places: Landing['places'];
  readonly operatorUrl: () => string | undefined;
  readonly isUp: () => Promise<boolean>;
};

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

/** Mounts what the door says itself: its pages, the description of the API, and whether it is up. */
export function servePages(app: Application, pages: Pages): void {
  const description = once(pages.describe);
  const at = (path: string, type: keyof typeof types, make: () => string) =>
    mount(app, path, still(types[type], make));
  mount(app, '/', landing(pages, description));
  at('/docs', 'html', () => docsPage(description().api, description().told));
  mount(
    app,
    '/mailbox',
    styledLetters,
    still(types.html, () => mailboxPage(title(description()))),
  );
  for (const sheet of ['page', 'docs', 'landing', 'mailbox']) {
    at(`/docs/${sheet}.css`, 'css', () => read(`./${sheet}.css`));
  }
  for (const name of scripted) at(`/docs/${name}.js`, 'js', () => read(`./${name}.js`));
  at('/openapi.json', 'json', () => JSON.stringify(description().api, null, 1));
  at('/asyncapi.json', 'json', () => JSON.stringify(description().told, null, 1));
  mount(app, '/health', health(pages.isUp));
}

function title({ api }: { readonly api: OpenApi }): string {
  return api.info.title;
}

/** Who looks from this machine may be an operator, and is told where to. */
function landing(
  { places, operatorUrl }: Pages,
  description: () => Pick<Landing, 'api' | 'told'>,
): RequestHandler {
  const make = (url: string | undefined) =>
    still(types.html, () => landingPage({ ...description(), places, operatorUrl: url }));
  const [near, far] = [once(() => make(operatorUrl())), make(undefined)];
  return (request, response, next) => {
    const isNear = /^(::1|(::ffff:)?127\.[\d.]+)$/.test(exchangeOf(response).client);
    return (isNear ? near() : far)(request, response, next);
  };
}

/** Letters are styled where they stand; their frame inherits what the page around it may do. */
const styledLetters: RequestHandler = (_request, response, next) => {
  const policy = String(response.getHeader('content-security-policy'));
  const styled = policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");
  response.setHeader('content-security-policy', styled);
  next();
};

function health(isUp: () => Promise<boolean>): RequestHandler {
  return async (_request, response) => {
    const up = await isUp();
    const text = JSON.stringify({ status: up ? 'up' : 'down' });
    response.writeHead(up ? 200 : 503, {
      'content-type': types.json,
      'content-length': text.length,
      'cache-control': 'no-store',
    });
    response.end(text);
  };
}

function mount(app: Application, path: string, ...serve: readonly RequestHandler[]): void {
  const named: RequestHandler = (_request, response, next) => {
    exchangeOf(response).route = `GET ${path}`;
    next();
  };
  app
    .route(path)
    .get(named, ...serve)
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
