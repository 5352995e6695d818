import type { Operation } from '#kernel/http/openapi-document';

import { type Html, html } from './html.ts';

type Refusal = { readonly status: string; readonly code: string; readonly meaning: string };

/** How one call may be refused, folded away. */
export function refusalSummary(operation: Operation): Html {
  const lines = refusalsOf(operation).map(
    ({ status, code, meaning }) =>
      html`<li><b>${status}</b> <a href="#${code}"><code>${code}</code></a> ${meaning}</li>`,
  );
  return html`<details><summary>${lines.length} refusals</summary><ul>${lines}</ul></details>`;
}

/** Every refusal once, where the `type` of a problem points to. */
export function refusalTable(operations: readonly Operation[]): Html {
  const byCode = new Map(operations.flatMap(refusalsOf).map((one) => [one.code, one]));
  const sorted = [...byCode.values()].sort(
    (a, b) => a.status.localeCompare(b.status) || a.code.localeCompare(b.code),
  );
  const rows = sorted.map(
    ({ status, code, meaning }) =>
      html`<tr id="${code}"><td><b>${status}</b></td><td><code>${code}</code></td><td>${meaning}</td></tr>`,
  );
  return html`
    <section class="module">
      <h2>Refusals</h2>
      <article>
        <p>Every refusal is an <code>application/problem+json</code> (RFC 9457) with a stable
          <code>code</code>, and a <code>traceId</code> to ask us about.</p>
        <table class="refusals">${rows}</table>
      </article>
    </section>`;
}

/** Reads them back from the document, which says of each status `code: meaning`, line by line. */
function refusalsOf({ responses }: Operation): Refusal[] {
  return Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, { description }]) =>
      description.split('\n\n').map((line) => {
        const [, code = '', meaning = ''] = /^`(\w+)`: (.*)$/s.exec(line) ?? [];
        return { status, code, meaning };
      }),
    );
}
