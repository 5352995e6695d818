import assert from 'node:assert/strict';
import test from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

import type { OpenApi, Operation } from '#kernel/http/openapi-document';

import { openDoor } from './open-door.ts';

const door = await openDoor();
const api = (await (await door.fetch('/openapi.json')).json()) as OpenApi;

const operation = (method: string, path: string): Operation => {
  const found = api.paths[path]?.[method];
  assert.ok(found, `${method} ${path}`);
  return found;
};

/** Every schema in the document, with the place where it stands. */
function schemasIn(node: unknown, place = ''): [string, object][] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, child]) => {
    const at = `${place}/${key}`;
    return key === 'schema' ? [[at, child as object]] : schemasIn(child, at);
  });
}

test('every schema of the document is valid JSON Schema', () => {
  const ajv = new Ajv2020({ strict: false });
  ajvFormats.default(ajv);
  const schemas = schemasIn(api.paths);
  assert.ok(schemas.length > 20);
  for (const [place, schema] of schemas) {
    assert.ok(ajv.validateSchema(schema), `${place}: ${ajv.errorsText()}`);
  }
  assert.ok(ajv.validateSchema((api.components.schemas as { Problem: object }).Problem));
});

test('every operation has its own name', () => {
  const names = Object.values(api.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  assert.equal(new Set(names).size, names.length);
  assert.equal(names.length, 9);
});

test('parameters stand where clients send them, and what the server fills in is left out', () => {
  const { parameters, requestBody } = operation('get', '/api/things/{thingId}');
  const places = parameters.map(({ name, in: place, required }) => [name, place, required]);
  assert.deepEqual(places, [
    ['thingId', 'path', true],
    ['deep', 'query', false],
    ['limit', 'query', false],
    ['tags', 'query', false],
  ]);
  assert.equal(requestBody, undefined);
});

test('a body lists the fields of the call that clients send, and no others', () => {
  const { requestBody } = operation('post', '/api/things');
  const schema = requestBody?.content['application/json']?.schema as Record<string, object>;
  assert.deepEqual(Object.keys(schema.properties ?? {}), ['name', 'quantity', 'size']);
  assert.deepEqual(schema.required, ['name', 'quantity']);
  assert.equal(schema.additionalProperties, false);
});

test('a key that is required is told as required', () => {
  const keyOf = (of: Operation) => of.parameters.find(({ name }) => name === 'Idempotency-Key');
  assert.equal(keyOf(operation('patch', '/api/things/{thingId}'))?.required, true);
  assert.equal(keyOf(operation('post', '/api/things'))?.required, false);
});

test('answers have their statuses, a stream its items', () => {
  const { responses } = operation('patch', '/api/things/{thingId}');
  assert.deepEqual(
    Object.keys(responses).filter((status) => status.startsWith('2')),
    ['200', '202'],
  );
  const { responses: streamed } = operation('get', '/api/things/{thingId}/states');
  const item = streamed['200']?.content?.['text/event-stream']?.schema.contentSchema;
  assert.deepEqual(Object.keys((item as { properties: object }).properties), ['id', 'state']);
});

test('refusals are those that the contract declares, and those of the door', () => {
  const codesOf = ({ responses }: Operation, status: string) => {
    const content = responses[status]?.content?.['application/problem+json'];
    return (content?.schema.properties as { code: { enum: string[] } } | undefined)?.code.enum;
  };
  const make = operation('post', '/api/things');
  assert.deepEqual(codesOf(make, '409'), ['sold_out']);
  assert.deepEqual(codesOf(make, '401'), ['unauthenticated']);
  assert.deepEqual(codesOf(make, '413'), ['too_large']);
  assert.equal(codesOf(operation('get', '/api/things/{thingId}'), '409'), undefined);
  assert.deepEqual(make.security, [{ accessToken: [] }]);
  assert.deepEqual(operation('post', '/api/free-things').security, []);
});

test('an upload is a form with its file, and a download says how it may be asked for', () => {
  const form = operation('post', '/api/files').requestBody?.content['multipart/form-data']?.schema;
  const { properties, required } = form as { properties: object; required: string[] };
  assert.deepEqual(Object.keys(properties), ['title', 'copies', 'file']);
  assert.deepEqual(required, ['file']);
  const statuses = Object.keys(operation('get', '/api/files/1').responses);
  for (const status of ['200', '206', '304', '416']) assert.ok(statuses.includes(status), status);
});

test('what several modules answer together is one operation with a list for each', () => {
  const { responses } = operation('get', '/api/mine');
  const schema = responses['200']?.content?.['application/json']?.schema;
  assert.deepEqual(Object.keys(schema?.properties ?? {}), ['corner', 'kiosk']);
});
