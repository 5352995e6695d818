import type { AsyncApi, Message } from '#kernel/events/asyncapi';
import type { OpenApi } from '#kernel/http/openapi-document';

import { eventLink, eventSection, eventsOf } from './event-sections.ts';
import { adminLines, answerExample, answerOf, bodySchemaOf, curl, firstLines } from './examples.ts';
import { fieldTable, parameterTable } from './field-tables.ts';
import { type Html, html } from './html.ts';
import { type Listed, listedCalls } from './listed-calls.ts';
import { page } from './page.ts';
import { refusalSummary, refusalTable } from './refusals.ts';

type Module = {
  readonly name: string;
  readonly calls: readonly Listed[];
  readonly events: readonly Message[];
};

/** The documentation of the public API: every call and event with its fields and an example. */
export function docsPage(api: OpenApi, told: AsyncApi): string {
  const modules = modulesOf(api, told);
  const body = html`
    <aside>
      <a class="brand" href="/">${api.info.title}</a>
      <input id="filter" type="search" placeholder="Filter calls and events" aria-label="Filter calls and events">
      <nav>${modules.map(moduleLinks)}</nav>
      <p class="quiet"><a href="/openapi.json">openapi.json</a> · <a href="/asyncapi.json">asyncapi.json</a></p>
    </aside>
    <main>
      <header>
        <h1>${api.info.title}</h1>
        <p>${api.info.description}</p>
        <p>This page is made from the contracts. Calls are HTTP. Events are what modules hear of each
          other. Paste this into a terminal first, and every example below works as it stands, with
          the ids that you fill in, and the codes that come by mail:</p>
        <pre><code id="first">${firstLines}</code></pre>
        <p>What is for administrators wants <code>ADMIN_PASSWORD</code>, which the shop tells when it
          first starts, and then this:</p>
        <pre><code id="admin">${adminLines}</code></pre>
      </header>
      ${modules.map(moduleSection)}
      ${refusalTable(modules.flatMap(({ calls }) => calls.map(({ operation }) => operation)))}
    </main>`;
  return page({ title: `${api.info.title}: calls and events`, className: 'docs', body });
}

function modulesOf(api: OpenApi, told: AsyncApi): readonly Module[] {
  const calls = Map.groupBy(listedCalls(api), ({ operation }) => operation.tags[0] ?? '');
  const names = new Set([...calls.keys(), ...Object.keys(told.channels)]);
  return [...names].map((name) => ({
    name,
    calls: calls.get(name) ?? [],
    events: eventsOf(told, name),
  }));
}

const anchorOf = ({ method, path }: Listed) =>
  `${method}-${path}`.replace(/[^A-Za-z0-9]+/g, '-').replace(/-$/, '');

function moduleLinks({ name, calls, events }: Module): Html {
  const links = calls.map(
    (call) =>
      html`<li data-words="${call.method} ${call.path} ${call.operation.summary}">
        <a href="#${anchorOf(call)}" title="${call.operation.summary}">${verb(call.method)}<span>${call.path}</span></a>
      </li>`,
  );
  return html`<section><h2>${name}</h2><ul>${links}${events.map(eventLink)}</ul></section>`;
}

function moduleSection({ name, calls, events }: Module): Html {
  return html`<section class="module">
    <h2>${name}</h2>${calls.map(callSection)}${events.map(eventSection)}
  </section>`;
}

function callSection(call: Listed): Html {
  const { method, path, operation } = call;
  const words = `${method} ${path} ${operation.summary}`;
  return html`
    <article id="${anchorOf(call)}" data-words="${words}">
      <h3>${verb(method)}<code>${path}</code></h3>
      <p>${operation.summary} <span class="who">${operation.description}</span></p>
      <div class="columns">
        <div>
          ${parameterTable(operation.parameters)}
          ${fieldTable('Body', bodySchemaOf(operation))}
          ${fieldTable('Answer', answerOf(operation)?.schema)}
          ${refusalSummary(operation)}
        </div>
        <div>
          <pre><code class="curl">${curl(call)}</code></pre>
          ${answerExample(operation)}
        </div>
      </div>
    </article>`;
}

function verb(method: string): Html {
  return html`<b class="verb ${method.toLowerCase()}">${method}</b>`;
}
