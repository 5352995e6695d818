import type { AnyContract } from '../contract.ts';
import type { FailureMaker } from '../failure.ts';
import { statusOfKind } from '../failure.ts';
import type { TObject, TSchema } from '../schema.ts';
import { edgeFailuresOf } from './edge-failures-of-route.ts';
import type { Route } from './route.ts';
import { parametersOf, readsQuery } from './route-input.ts';

/** JSON Schema 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
};

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content }>
  >;
};

export type OpenApi = {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, unknown>>;
};

/** Describes the routes as OpenAPI 3.1: made from contracts and routes alone, so it can't lag behind. */
export function openApiOf(
  routes: readonly Route[],
  contracts: readonly AnyContract[],
  info: { title: string; version: string; description: string },
): OpenApi {
  const failuresOf = new Map(contracts.map(({ name, errors }) => [name, failuresIn(errors)]));
  const byPath = Map.groupBy(routes, ({ path }) => path.replace(/:(\w+)/g, '{$1}'));
  const paths = [...byPath].map(([path, atPath]) => {
    const operations = atPath.map((route) => {
      const failures = failuresOf.get(route.call.contract) ?? [];
      return [route.method.toLowerCase(), operationOf(route, failures)];
    });
    return [path, Object.fromEntries(operations)];
  });
  return {
    openapi: '3.1.1',
    info,
    tags: [...new Set(routes.map(({ call }) => call.contract))].map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function failuresIn(errors: AnyContract['errors']): FailureMaker<unknown>[] {
  return Object.values(errors as Record<string, FailureMaker<unknown>>);
}

function operationOf(route: Route, failures: readonly FailureMaker<unknown>[]): Operation {
  const { call, access } = route;
  const may = {
    anyone: 'for anyone',
    user: 'for whoever has signed in',
    admin: 'for administrators',
  };
  const body = bodyOf(route);
  return {
    operationId: `${call.contract}.${call.name}:${route.method} ${route.path}`,
    summary: call.summary,
    description: may[access],
    tags: [call.contract],
    security: access === 'anyone' ? [] : [{ accessToken: [] }],
    parameters: [...inputParameters(route), ...headerParameters(route)],
    ...(body && { requestBody: body }),
    responses: { ...successesOf(route), ...refusalsOf(route, failures) },
  };
}

function inputParameters(route: Route): Parameter[] {
  const { properties } = route.call.input;
  const inPath = parametersOf(route.path).map((name) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: plain(properties[name] ?? {}),
  }));
  if (!readsQuery(route)) return inPath;
  const { properties: open, required } = openInput(route);
  const inQuery = Object.entries(open).map(([name, schema]) => ({
    name,
    in: 'query' as const,
    required: required.includes(name),
    schema: plain(schema),
  }));
  return [...inPath, ...inQuery];
}

function headerParameters({ call, key, headers }: Route): Parameter[] {
  const named = Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header' as const,
    required: false,
    description,
    schema: { type: 'string' },
  }));
  if (call.kind !== 'command') return named;
  const idempotencyKey = {
    name: 'Idempotency-Key',
    in: 'header' as const,
    required: key === 'required',
    description: 'A request that is repeated with its key takes effect once.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
  };
  return [idempotencyKey, ...named];
}

/** The fields of a call's input that clients themselves fill in. */
function openInput({ call, path, from }: Route): {
  properties: Record<string, TSchema>;
  required: readonly string[];
} {
  const filled = new Set([...parametersOf(path), ...Object.keys(from)]);
  const { properties, required = [] } = call.input as TObject & { required?: string[] };
  const open = Object.entries(properties).filter(([name]) => !filled.has(name));
  return {
    properties: Object.fromEntries(open),
    required: required.filter((name) => !filled.has(name)),
  };
}

function bodyOf(route: Route): Operation['requestBody'] {
  if (readsQuery(route)) return undefined;
  if (route.rawBody !== undefined) {
    return { required: true, content: { '*/*': { schema: { type: 'string' } } } };
  }
  const { properties, required } = openInput(route);
  if (Object.keys(properties).length === 0) return undefined;
  const schema = { type: 'object', properties, required, additionalProperties: false };
  return {
    required: required.length > 0,
    content: { 'application/json': { schema: plain(schema) } },
  };
}

function successesOf(route: Route): Operation['responses'] {
  const { status, call, followedBy, otherStatuses } = route;
  const schema = plain((followedBy?.call ?? call).output);
  const content: Content =
    call.kind === 'stream'
      ? { 'text/event-stream': { schema: { type: 'string', contentSchema: schema } } }
      : { 'application/json': { schema } };
  const success = (description: string, code: number) =>
    code === 204 || code === 304 ? { description } : { description, content };
  const others = Object.entries(otherStatuses).map(([code, meaning]) => [
    code,
    success(meaning, Number(code)),
  ]);
  return { [status]: success('It is done.', status), ...Object.fromEntries(others) };
}

/** What only a change can meet: a reading conflicts with nothing. */
const onlyOfCommands: readonly string[] = [
  'conflict',
  'payment_refused',
  'precondition_failed',
  'precondition_required',
];

function refusalsOf(
  route: Route,
  declared: readonly FailureMaker<unknown>[],
): Operation['responses'] {
  const possible = declared.filter(
    ({ kind }) => route.call.kind === 'command' || !onlyOfCommands.includes(kind),
  );
  const byStatus = Map.groupBy([...edgeFailuresOf(route), ...possible], ({ kind }) =>
    String(statusOfKind[kind]),
  );
  const responses = [...byStatus].map(([status, failures]) => [
    status,
    {
      description: failures.map(({ code, title }) => `\`${code}\`: ${title}`).join('\n\n'),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [{ $ref: '#/components/schemas/Problem' }],
            properties: { code: { enum: [...new Set(failures.map(({ code }) => code))] } },
          },
        },
      },
    },
  ]);
  return Object.fromEntries(responses);
}

const problemSchema: JsonSchema = {
  description: 'RFC 9457.',
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'traceId'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
    details: {},
  },
};

/** TypeBox keeps its own marks beside the keywords, hidden from JSON. */
function plain(schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}
