import { type AnyContract, isCommand } from '../contract.ts';
import type { FailureMaker } from '../failure.ts';
import type { TObject, TSchema } from '../schema.ts';
import {
  type OpenApi,
  type Operation,
  type Parameter,
  plain,
  problemSchema,
} from './openapi-document.ts';
import { bytes, responsesOf } from './openapi-responses.ts';
import type { Route } from './route.ts';
import { parametersOf, readsQuery } from './route-input.ts';

/** Describes the routes as OpenAPI 3.1: made from contracts and routes alone, so it can't lag behind. */
export function openApiOf(
  routes: readonly Route[],
  contracts: readonly AnyContract[],
  info: { title: string; version: string; description: string },
): OpenApi {
  const failuresOf = new Map(contracts.map(({ name, errors }) => [name, failuresIn(errors)]));
  const byPath = Map.groupBy(routes, ({ path }) => path.replace(/:(\w+)/g, '{$1}'));
  const paths = [...byPath].map(([path, atPath]) => {
    const operations = [...Map.groupBy(atPath, ({ method }) => method)].map(([method, routes]) => {
      const [route] = routes as [Route];
      const operation = operationOf(route, failuresOf.get(route.call.contract) ?? []);
      return [method.toLowerCase(), route.part ? gathered(operation, routes) : operation];
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
    responses: responsesOf(route, failures),
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
  if (!isCommand(call)) return named;
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
  if (route.file !== undefined) return formOf(route.file, properties, required);
  if (Object.keys(properties).length === 0) return undefined;
  const schema = { type: 'object', properties, required, additionalProperties: false };
  return {
    required: required.length > 0,
    content: { 'application/json': { schema: plain(schema) } },
  };
}

function formOf(
  file: string,
  fields: Readonly<Record<string, TSchema>>,
  required: readonly string[],
): Operation['requestBody'] {
  const properties = { ...fields, [file]: bytes };
  const schema = { type: 'object', properties, required: [...required, file] };
  const form = plain({ ...schema, additionalProperties: false });
  return { required: true, content: { 'multipart/form-data': { schema: form } } };
}

/** One operation of what several modules answer together: a list for each. */
function gathered(operation: Operation, routes: readonly Route[]): Operation {
  const lists = routes.map(({ call }) => [
    call.contract,
    { type: 'array', items: plain(call.output) },
  ]);
  const properties = Object.fromEntries(lists);
  const schema = { type: 'object', properties, required: Object.keys(properties) };
  const content = { 'application/json': { schema } };
  const responses = { ...operation.responses, 200: { description: 'All parts.', content } };
  return { ...operation, responses };
}
