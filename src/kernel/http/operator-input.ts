import type { Request, Response } from 'express';

import { failure, failureMaker } from '../failure.ts';
import type {
  EventsOperator,
  ProjectionsOperator,
  SagasOperator,
  SchedulesOperator,
} from '../ports/operator.ts';
import { type Static, type TObject, type TSchema, Type } from '../schema.ts';
import { compileValidator, type FieldError } from '../validator.ts';
import { readJsonBody } from './body.ts';
import { edgeFailures } from './edge-failures.ts';
import { composeQuery } from './query-values.ts';

/** What an operator can look into, by the module's name. */
export type OperatedModules = ReadonlyMap<
  string,
  {
    readonly events: EventsOperator;
    readonly sagas: SagasOperator;
    readonly projections: ProjectionsOperator;
    readonly schedules: SchedulesOperator;
  }
>;

const make = <D extends Parameters<typeof failureMaker>[2]>(name: string, declared: D) =>
  failureMaker('kernel', name, declared);

/** How the operators' listener refuses. */
export const operatorFailures = {
  unknownModule: make(
    'unknownModule',
    failure(
      'not_found',
      'This host has no such module.',
      Type.Object({ modules: Type.Array(Type.String()) }),
    ),
  ),
  unknownEvent: make('unknownEvent', failure('not_found', 'No inbox holds this event.')),
  unknownProjection: make(
    'unknownProjection',
    failure('not_found', 'No module of this host has such a projection.'),
  ),
  unknownSaga: make('unknownSaga', failure('not_found', 'There is no such saga.')),
  sagaNotMovable: make(
    'sagaNotMovable',
    failure(
      'conflict',
      'The saga is over, does not wait for a person, or is of a version that this host does not have.',
    ),
  ),
};

/** The modules that a request means: the one that it names, or all. Throws `unknown_module`. */
export function chosenModules(modules: OperatedModules, name: string | undefined) {
  if (name === undefined) return [...modules];
  const module = modules.get(name);
  if (!module) throw operatorFailures.unknownModule({ modules: [...modules.keys()] });
  return [[name, module] as const];
}

/** Composes the reader of a query string. Throws `invalid_request`. */
export function queryReader<S extends TObject>(schema: S): (request: Request) => Static<S> {
  const read = composeQuery(schema.properties as Record<string, TSchema>);
  const validator = compileValidator(schema, { unknownFields: 'refuse' });
  return ({ url }) => {
    const errors: FieldError[] = [];
    const at = url.indexOf('?');
    const value = read(at === -1 ? '' : url.slice(at + 1), errors);
    if (errors.length > 0 || !validator.check(value)) {
      throw edgeFailures.invalidRequest({ errors: [...errors, ...validator.errors(value)] });
    }
    return value as Static<S>;
  };
}

/** Composes the reader of a JSON body. Throws as `readJsonBody` does, and `invalid_request`. */
export function bodyReader<S extends TObject>(schema: S): (request: Request) => Promise<Static<S>> {
  const validator = compileValidator(schema, { unknownFields: 'refuse' });
  return async (request) => {
    const value = await readJsonBody(request);
    if (!validator.check(value)) {
      throw edgeFailures.invalidRequest({ errors: [...validator.errors(value)] });
    }
    return value as Static<S>;
  };
}

export function sendJson(response: Response, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}
