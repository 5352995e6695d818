import type { JsonSchema, OpenApi, Parameter } from '#kernel/http/openapi';

import { answerExample, answerOf, bodySchemaOf, curl } from './examples.ts';
import { type FieldLine, fieldsOf, limitsOf, typeOf } from './fields-of.ts';
import { type Html, html } from './html.ts';
import { type Listed, listedCalls } from './listed-calls.ts';
import { page } from './page.ts';
import { refusalSummary, refusalTable } from './refusals.ts';

/** The documentation of the public API: every call with its fields, an example and its refusals. */
export function docsPage(api: OpenApi): string {
  const modules = Map.groupBy(listedCalls(api), ({ operation }) => operation.tags[0] ?? '');
  const body = html`
    <aside>
      <a class="brand" href="/">${api.info.title}</a>
      <input id="filter" type="search" placeholder="Filter calls" aria-label="Filter calls">
      <nav>${[...modules].map(([module, calls]) => moduleLinks(module, calls))}</nav>
      <p class="quiet"><a href="/openapi.json">openapi.json</a></p>
    </aside>
    <main>
      <header>
        <h1>${api.info.title}</h1>
        <p>${api.info.description}</p>
      </header>
      ${[...modules].map(([module, calls]) => moduleSection(module, calls))}
      ${refusalTable([...modules.values()].flat().map(({ operation }) => operation))}
    </main>`;
  return page({ title: `${api.info.title}: the public API`, className: 'docs', body });
}

const anchorOf = ({ method, path }: Listed) =>
  `${method}-${path}`.replace(/[^A-Za-z0-9]+/g, '-').replace(/-$/, '');

function moduleLinks(module: string, calls: readonly Listed[]): Html {
  const links = calls.map(
    (call) =>
      html`<li data-words="${call.method} ${call.path} ${call.operation.summary}">
        <a href="#${anchorOf(call)}">${verb(call.method)}<span>${call.path}</span></a>
      </li>`,
  );
  return html`<section><h2>${module}</h2><ul>${links}</ul></section>`;
}

function moduleSection(module: string, calls: readonly Listed[]): Html {
  return html`<section class="module"><h2>${module}</h2>${calls.map(callSection)}</section>`;
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
          <pre><code>${curl(call)}</code></pre>
          ${answerExample(operation)}
        </div>
      </div>
    </article>`;
}

function verb(method: string): Html {
  return html`<b class="verb ${method.toLowerCase()}">${method}</b>`;
}

function parameterTable(parameters: readonly Parameter[]): Html | undefined {
  const lines = parameters.map(({ name, in: place, required, schema, description }) => ({
    path: name,
    type: place === 'header' ? 'header' : `${typeOf(schema)}, in the ${place}`,
    required,
    limits: description ?? limitsOf(schema),
  }));
  return table('Parameters', lines);
}

function fieldTable(title: string, schema: JsonSchema | undefined): Html | undefined {
  return schema && table(title, fieldsOf(schema));
}

function table(title: string, lines: readonly FieldLine[]): Html | undefined {
  if (lines.length === 0) return undefined;
  const rows = lines.map(
    ({ path, type, required, limits }) => html`<tr>
      <td><code>${path}</code>${!required && html`<i>optional</i>`}</td>
      <td>${type}</td><td>${limits}</td>
    </tr>`,
  );
  return html`<h4>${title}</h4><table>${rows}</table>`;
}
