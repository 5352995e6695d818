import type { JsonSchema, Parameter } from '#kernel/http/openapi-document';

import { type FieldLine, fieldsOf, limitsOf, typeOf } from './fields-of.ts';
import { type Html, html } from './html.ts';

export function parameterTable(parameters: readonly Parameter[]): Html | undefined {
  const lines = parameters.map(({ name, in: place, required, schema, description }) => ({
    path: name,
    type: place === 'header' ? 'header' : `${typeOf(schema)}, in the ${place}`,
    required,
    limits: description ?? limitsOf(schema),
  }));
  return table('Parameters', lines);
}

export function fieldTable(title: string, schema: JsonSchema | undefined): Html | undefined {
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
