import type { JsonSchema, Operation } from '#kernel/http/openapi-document';

import { exampleValue } from './example-value.ts';
import { type Html, html } from './html.ts';
import type { Listed } from './listed-calls.ts';

const json = "-H 'Content-Type: application/json'";
const [ada, password] = [exampleValue({}, 'email'), exampleValue({}, 'password')];

/** What the examples stand on: `page.js` puts the address in that the reader sees. */
export const firstLines = `SHOP=http://127.0.0.1:3000
said() { sed "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/"; }
curl "$SHOP/api/users" ${json} \\
  -d '${JSON.stringify({ email: ada, password, username: 'Ada' })}'
tokens=$(curl -s "$SHOP/api/auth/token" ${json} \\
  -d '${JSON.stringify({ email: ada, password })}')
TOKEN=$(echo "$tokens" | said accessToken)
refreshToken=$(echo "$tokens" | said refreshToken)
productId=$(curl -s "$SHOP/api/products?limit=1" | sed 's/.*"items":\\[{"id":"\\([^"]*\\)".*/\\1/')`;

/** For what only administrators may do: their password is told once, when the shop first starts. */
export const adminLines = `ADMIN_TOKEN=$(curl -s "$SHOP/api/auth/token" ${json} \\
  -d '{"email":"admin@example.com","password":"'"$ADMIN_PASSWORD"'"}' | said accessToken)`;

/** The command that makes a call from a terminal. Variables are the reader's: tokens, ids, codes. */
export function curl({ method, path, operation }: Listed): string {
  const key = operation.parameters.find(({ name }) => name === 'Idempotency-Key');
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"$SHOP${filled(path, operation)}"`,
    operation.security.length > 0 && `-H "Authorization: Bearer $${tokenFor(operation)}"`,
    key?.required && '-H "Idempotency-Key: $RANDOM-$RANDOM"',
    operation.parameters.some(({ name }) => name === 'If-Match') && `-H 'If-Match: "1"'`,
    ...bodyOptions(operation).map(signsUp(method, path) ? asSomebodyElse : asItIs),
    isDownload(operation) && '-o file',
    answerOf(operation)?.streamed && '-N',
  ]
    .filter(Boolean)
    .join(' \\\n  ');
}

const tokenFor = ({ description }: Operation) =>
  description === 'for administrators' ? 'ADMIN_TOKEN' : 'TOKEN';

const signsUp = (method: string, path: string) => method === 'POST' && path === '/api/users';

const asItIs = (text: string) => text;

/** Ada has an account, by the first lines. */
const asSomebodyElse = (text: string) => text.replace('"ada@', `"ada-'"$RANDOM"'@`);

/** Words are filled in; an id stays the name of a variable. */
function filled(path: string, { parameters }: Operation): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const schema = parameters.find((one) => one.in === 'path' && one.name === name)?.schema ?? {};
    return schema.format === 'uuid' ? `$${name}` : String(exampleValue(schema, name));
  });
}

function bodyOptions(operation: Operation): readonly string[] {
  const content = operation.requestBody?.content ?? {};
  const body = bodySchemaOf(operation);
  if (body) return [json, `-d '${quoted(indented(asked(exampleValue(body))))}'`];
  const form = content['multipart/form-data']?.schema;
  if (form) return formOptions(form);
  return '*/*' in content ? ["--data-binary '{}'"] : [];
}

/** The fields of a form, and its file last: what comes after the file is not read. */
function formOptions({ properties = {} }: JsonSchema): readonly string[] {
  const fields = Object.entries(properties as Record<string, JsonSchema>);
  const [isFile, isField] = [isBytes, ([name, schema]: Field) => !isBytes([name, schema])];
  return [
    ...fields.filter(isField).map(([name, schema]) => `-F ${name}=${exampleValue(schema, name)}`),
    ...fields.filter(isFile).map(([name]) => `-F ${name}=@picture.png`),
  ];
}

type Field = readonly [string, JsonSchema];

function isBytes([, schema]: Field): boolean {
  return schema.contentMediaType === 'application/octet-stream';
}

function isDownload({ responses }: Operation): boolean {
  return Object.values(responses).some(({ content = {} }) => '*/*' in content);
}

/** Nobody asks for the state that things begin in. */
function asked(body: unknown): unknown {
  return Object.hasOwn(body as object, 'status')
    ? { ...(body as object), status: 'cancelled' }
    : body;
}

/** Ids are the reader's, as in paths: the quotes end before their variables and begin again. */
function quoted(text: string): string {
  return text
    .replace(/"(\w+Id)": "[0-9a-f-]{36}"/g, `"$1": "'"$$$1"'"`)
    .replace(/"(code|refreshToken)": "[^"]*"/g, `"$1": "'"$$$1"'"`);
}

/** JSON that goes on under the first line of a command. */
function indented(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
}

/** What such a call might answer. */
export function answerExample(operation: Operation): Html | undefined {
  const answer = isDownload(operation) ? undefined : answerOf(operation);
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
