import type { JsonSchema, Operation } from '#kernel/http/openapi';

import { exampleValue } from './example-value.ts';
import { type Html, html } from './html.ts';
import type { Listed } from './listed-calls.ts';

/** The command that makes a call from a terminal; `SHOP` and `TOKEN` are the reader's. */
export function curl({ method, path, operation }: Listed): string {
  const filled = path.replace(/\{(\w+)\}/g, '$$$1');
  const body = bodySchemaOf(operation);
  const key = operation.parameters.find(({ name }) => name === 'Idempotency-Key');
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"$SHOP${filled}"`,
    operation.security.length > 0 && '-H "Authorization: Bearer $TOKEN"',
    key?.required && '-H "Idempotency-Key: $(uuidgen)"',
    body && "-H 'Content-Type: application/json'",
    body && `-d '${indented(exampleValue(body))}'`,
  ]
    .filter(Boolean)
    .join(' \\\n  ');
}

/** JSON that goes on under the first line of a command. */
function indented(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
}

/** What such a call might answer. */
export function answerExample(operation: Operation): Html | undefined {
  const answer = answerOf(operation);
  if (!answer) return undefined;
  const value = exampleValue(answer.schema);
  const text = answer.streamed ? `data: ${JSON.stringify(value)}` : JSON.stringify(value, null, 2);
  return html`<pre class="answer"><b>${answer.status}</b>
<code>${text}</code></pre>`;
}

export function bodySchemaOf({ requestBody }: Operation): JsonSchema | undefined {
  return requestBody?.content['application/json']?.schema;
}

/** The first answer of success that has a body; of a stream, one item. */
export function answerOf({ responses }: Operation) {
  for (const [status, { content = {} }] of Object.entries(responses)) {
    const [schema] = Object.values(content).map((one) => one.schema);
    const item = schema?.contentSchema as JsonSchema | undefined;
    if (status.startsWith('2') && schema) {
      return { status, streamed: item !== undefined, schema: item ?? schema };
    }
  }
  return undefined;
}
