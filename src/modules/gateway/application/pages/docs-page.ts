import type { JsonSchema, OpenApi, Operation, Parameter } from '#kernel/http/openapi';

import { exampleValue } from './example-value.ts';
import { type FieldLine, fieldsOf, limitsOf, typeOf } from './fields-of.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';

type Listed = { readonly method: string; readonly path: string; readonly operation: Operation };

/** The documentation of the public API: every call with its fields, an example and its refusals. */
export function docsPage(api: OpenApi): string {
  const modules = Map.groupBy(listed(api), ({ operation }) => operation.tags[0] ?? '');
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
    </main>`;
  return page({ title: `${api.info.title}: the public API`, className: 'docs', body });
}

function listed({ paths }: OpenApi): Listed[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
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
          ${refusals(operation)}
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

function refusals({ responses }: Operation): Html {
  const lines = Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, { description }]) =>
      description.split('\n\n').map((line) => {
        const [, code = '', meaning = ''] = /^`(\w+)`: (.*)$/s.exec(line) ?? [];
        return html`<li><b>${status}</b> <code>${code}</code> <span>${meaning}</span></li>`;
      }),
    );
  return html`<details><summary>${lines.length} refusals</summary><ul>${lines}</ul></details>`;
}

function bodySchemaOf({ requestBody }: Operation): JsonSchema | undefined {
  return requestBody?.content['application/json']?.schema;
}

function answerOf({ responses }: Operation) {
  const [status = '', success] = Object.entries(responses)[0] ?? [];
  const [type = '', content] = Object.entries(success?.content ?? {})[0] ?? [];
  const streamed = content?.schema.contentSchema as JsonSchema | undefined;
  return content && { status, type, schema: streamed ?? content.schema };
}

function answerExample(operation: Operation): Html | undefined {
  const answer = answerOf(operation);
  if (!answer) return undefined;
  const isStream = answer.type === 'text/event-stream';
  const value = exampleValue(answer.schema);
  const text = isStream ? `data: ${JSON.stringify(value)}` : JSON.stringify(value, null, 2);
  return html`<pre class="answer"><b>${answer.status}</b>\n<code>${text}</code></pre>`;
}

function curl({ method, path, operation }: Listed): string {
  const filled = path.replace(/\{(\w+)\}/g, '$$$1');
  const body = bodySchemaOf(operation);
  const key = operation.parameters.find(({ name }) => name === 'Idempotency-Key');
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"$SHOP${filled}"`,
    operation.security.length > 0 && `-H "Authorization: Bearer $TOKEN"`,
    key?.required && `-H "Idempotency-Key: $(uuidgen)"`,
    body && `-H 'Content-Type: application/json'`,
    body && `-d '${JSON.stringify(exampleValue(body))}'`,
  ]
    .filter(Boolean)
    .join(' \\\n  ');
}
