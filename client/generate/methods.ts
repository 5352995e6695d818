import type { AnyContract } from '../../src/kernel/contract.ts';
import type { Route } from '../../src/kernel/http/route.ts';
import { fieldsOf, type Schema, typescriptOf } from './typescript-of.ts';

/** A method of the client: one call, by every route that leads to it. */
export type Method = {
  readonly module: string;
  readonly name: string;
  readonly routes: readonly Route[];
};

/** What the client offers: every public route, but for those that only providers send to. */
export function methodsOf(routes: readonly Route[]): readonly Method[] {
  const offered = routes.filter(({ rawBody }) => rawBody === undefined);
  const gathered = Map.groupBy(
    offered.filter(({ part }) => part),
    ({ path }) => path,
  );
  const own = Map.groupBy(
    offered.filter(({ part }) => !part),
    ({ call }) => `${call.contract}.${call.name}`,
  );
  return [...own.values(), ...gathered.values()].map((atCall) => {
    const { call } = atCall[0] as Route;
    return { module: call.contract, name: call.name, routes: sorted(atCall) };
  });
}

/** Those that say more first: of `/users/:userId` and `/users/me` the first one, where an id is given. */
function sorted(routes: readonly Route[]): readonly Route[] {
  const count = ({ path }: Route) => path.split(':').length;
  return [...routes].sort((a, b) => count(b) - count(a));
}

/** `createOrder(input: …, options?: CallOptions): Promise<…>`, with what it says above it. */
export function signatureOf(method: Method): string {
  const { routes, name } = method;
  const { call } = routes[0] as Route;
  const inputs = [...new Set(routes.map(inputOf))];
  const isUpload = call.kind === 'upload';
  const isOptional = !isUpload && routes.some((route) => requiredOf(route).length === 0);
  const input = `input${isOptional ? '?' : ''}: ${inputs.join(' | ')}`;
  const file = isUpload ? ', file: Blob' : '';
  // Modules that answer together have the same route.
  const where = [...new Set(routes.map(({ method: verb, path }) => `\`${verb} ${path}\``))].join(
    ', ',
  );
  return `/** ${call.summary.replace(/\.?$/, '.')} ${where} */
${name}(${input}${file}, options?: CallOptions): ${answerOf(method)};`;
}

function inputOf(route: Route): string {
  const { properties } = route.call.input as unknown as Schema;
  const open = Object.entries(properties ?? {}).filter(
    ([name]) => !Object.hasOwn(route.from, name),
  );
  return fieldsOf(Object.fromEntries(open), requiredOf(route));
}

function requiredOf({ call, from }: Route): readonly string[] {
  const { required = [] } = call.input as unknown as Schema;
  return required.filter((name) => !Object.hasOwn(from, name));
}

function answerOf({ routes }: Method): string {
  const [route] = routes as [Route];
  const { call, followedBy, status } = route;
  if (route.part) return `Promise<${gatheredOf(routes)}>`;
  const output = typescriptOf((followedBy ?? { call }).call.output as unknown as Schema);
  if (call.kind === 'stream') return `AsyncGenerator<${output}>`;
  if (call.kind === 'download') return 'Promise<Response>';
  return status === 204 ? 'Promise<void>' : `Promise<${output}>`;
}

function gatheredOf(routes: readonly Route[]): string {
  const parts = routes.map(({ call }) => {
    return `readonly ${call.contract}: readonly (${typescriptOf(call.output as unknown as Schema)})[];`;
  });
  return `{\n${parts.join('\n')}\n}`;
}

/** The codes of a contract's failures, as a type. */
export function failuresOf({ name, errors }: AnyContract): string {
  return `/** What ${name} may refuse. */
export type ${capital(name)}Failure = ${codesOf(errors)};`;
}

export function codesOf(failures: Readonly<Record<string, { readonly code: string }>>): string {
  const codes = Object.values(failures).map(({ code }) => `'${code}'`);
  return codes.length === 0 ? 'never' : codes.join(' | ');
}

export function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
