import type { Request } from 'express';

import type { TSchema } from '../schema.ts';
import { compileValidator, type FieldError } from '../validator.ts';
import { readJsonBody, readTextBody } from './body.ts';
import { edgeFailures } from './edge-failures.ts';
import { composeQuery, composeValue, whatIsWrong } from './query-values.ts';
import type { Route, RouteRequest } from './route.ts';
import type { UploadForm } from './upload-form.ts';

/**
 * Makes the input of a call from a request. Throws `invalid_request` with every wrong field at
 * once: a wrong type, a missing or an unknown field, or one that the server itself fills.
 */
export type ReadInput = (
  request: Request,
  asked: RouteRequest,
  form?: UploadForm,
) => Promise<object>;

/** What a refusal names at most, however much was wrong. */
const mostErrors = 20;

type Fields = Record<string, unknown>;
type ReadFields = (
  request: Request,
  errors: FieldError[],
  form: UploadForm | undefined,
) => Promise<Fields> | Fields;

/** Composes, at start, how the input of a route is read: from where, into which fields. */
export function composeInput(route: Route): ReadInput {
  const fields = route.call.input.properties as Record<string, TSchema>;
  const fill = [...fromPath(route, fields), ...fromRequest(route)];
  const reserved = new Map(fill.map(({ field, source }) => [field, source]));
  for (const field of reserved.keys()) {
    if (!Object.hasOwn(fields, field)) {
      throw new TypeError(`${route.method} ${route.path} fills ${field}, which its call lacks.`);
    }
  }
  const readFields = composeFields(route, fields, reserved);
  const validator = compileValidator(route.call.input, { unknownFields: 'refuse' });
  return async (request, asked, form) => {
    const errors: FieldError[] = [];
    const input = await readFields(request, errors, form);
    for (const { field, read } of fill) {
      const value = read(request, asked, errors);
      if (value !== undefined) input[field] = value;
    }
    if (errors.length === 0 && validator.check(input)) return input;
    errors.push(...validator.errors(input).filter((one) => isNew(one, errors)));
    throw edgeFailures.invalidRequest({ errors: errors.slice(0, mostErrors).map(shortened) });
  };
}

type Fill = {
  readonly field: string;
  readonly source: string;
  readonly read: (request: Request, asked: RouteRequest, errors: FieldError[]) => unknown;
};

function fromPath(route: Route, fields: Readonly<Record<string, TSchema>>): Fill[] {
  return parametersOf(route.path).map((field) => {
    const readValue = composeValue(fields[field] ?? {});
    return {
      field,
      source: 'the path',
      read(request, _asked, errors) {
        const text = String(request.params[field]);
        const wrong = whatIsWrong(text);
        if (wrong !== undefined) errors.push({ field, message: wrong });
        return readValue(text);
      },
    };
  });
}

function fromRequest(route: Route): Fill[] {
  return Object.entries(route.from).map(([field, read]) => ({
    field,
    source: 'the server',
    read: (_request, asked) => read(asked),
  }));
}

/** The names of a path's parameters: `orderId` of `/api/orders/:orderId`. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(/(?<=:)\w+/g)].map(([name]) => name);
}

/** Whether the input comes as a query string instead of a body. */
export function readsQuery(route: Route): boolean {
  return route.method === 'GET' || route.method === 'DELETE';
}

function composeFields(
  route: Route,
  fields: Readonly<Record<string, TSchema>>,
  reserved: ReadonlyMap<string, string>,
): ReadFields {
  const { rawBody } = route;
  if (rawBody !== undefined) {
    return async (request) => ({ [rawBody]: await readTextBody(request) });
  }
  const open = Object.entries(fields).filter(([name]) => !reserved.has(name));
  if (route.file !== undefined) {
    const readParts = composeQuery(Object.fromEntries(open));
    return (_request, errors, form) => readParts(form?.fields ?? '', errors);
  }
  if (readsQuery(route)) {
    const readQuery = composeQuery(Object.fromEntries(open));
    return ({ url }, errors) => readQuery(queryOf(url), errors);
  }
  return async (request, errors) => {
    for (const [field] of new URLSearchParams(queryOf(request.url))) {
      errors.push({ field, message: 'belongs into the body' });
    }
    const body = await readJsonBody(request);
    if (!isFields(body)) return notFields(errors);
    refuseReserved(body, reserved, errors);
    return body;
  };
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}

function isFields(body: unknown): body is Fields {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

function notFields(errors: FieldError[]): Fields {
  errors.push({ field: '', message: 'must be an object' });
  return {};
}

function refuseReserved(
  body: Fields,
  reserved: ReadonlyMap<string, string>,
  errors: FieldError[],
): void {
  for (const [field, source] of reserved) {
    if (!Object.hasOwn(body, field)) continue;
    errors.push({ field, message: `is taken from ${source}; leave it out` });
  }
}

/** The name of an unknown field may be as long as a body. */
function shortened({ field, message }: FieldError): FieldError {
  return { field: field.length > 100 ? `${field.slice(0, 100)}…` : field, message };
}

/** One word for each field: that it was refused for one reason also makes it missing. */
function isNew({ field }: FieldError, errors: readonly FieldError[]): boolean {
  return !errors.some((known) => known.field === field || known.field === '');
}
