/** Writes `client/src/shop.ts` from the contracts and their routes: `npm run client`. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { modules } from '../../src/app.ts';
import { callFailures } from '../../src/kernel/calls/call-failures.ts';
import type { AnyContract } from '../../src/kernel/contract.ts';
import { edgeFailures } from '../../src/kernel/http/edge-failures.ts';
import type { Route } from '../../src/kernel/http/route.ts';
import { forbidden, unauthenticated } from '../../src/kernel/kernel-failures.ts';
import { capital, codesOf, failuresOf, type Method, methodsOf, signatureOf } from './methods.ts';

const target = fileURLToPath(new URL('../src/shop.ts', import.meta.url));

/** The generated file, formatted as all of ours. */
export function shopSource(): string {
  const methods = methodsOf(modules.flatMap(({ routes }) => routes));
  const contracts = modules
    .map(({ contract }) => contract)
    .filter(({ name }) => methods.some(({ module }) => module === name));
  return formatted(
    [
      header(),
      ...contracts.map((one) => typesOf(one, methods)),
      failureTypes(contracts),
      shopType(contracts),
      routesOf(contracts, methods),
      opening,
    ].join('\n\n'),
  );
}

export function writtenSource(): string {
  return readFileSync(target, 'utf8');
}

function header(): string {
  return `// Made by \`npm run client\` from the contracts. What you change here is lost.
import { composeCall, type RouteOf } from './calls.ts';
import { type CallOptions, composeSend, type ShopOptions } from './http.ts';
import { hasCode, type ShopProblem } from './problem.ts';
import { createSession, type Session, type Tokens } from './session.ts';

export { eachOf } from './calls.ts';
export type { CallOptions, ShopOptions } from './http.ts';
export { NoAnswer, type Problem, ShopProblem } from './problem.ts';
export type { Session, Tokens } from './session.ts';`;
}

function typesOf(contract: AnyContract, methods: readonly Method[]): string {
  const own = methods.filter(({ module }) => module === contract.name);
  return `${failuresOf(contract)}

export type ${capital(contract.name)} = {
${own.map(signatureOf).join('\n\n')}
};`;
}

/** What any call may be refused with, beside its module's own failures. */
function failureTypes(contracts: readonly AnyContract[]): string {
  const everywhere = { ...edgeFailures, ...callFailures, unauthenticated, forbidden };
  const all = ['EdgeFailure', ...contracts.map(({ name }) => `${capital(name)}Failure`)];
  return `/** What any call may be refused with. */
export type EdgeFailure = ${codesOf(everywhere)} | 'too_many_requests' | 'internal_error';

export type ShopFailure = ${all.join(' | ')};

/** Whether an error is the shop's refusal of this code: \`isRefusal(error, 'out_of_stock')\`. */
export function isRefusal<Code extends ShopFailure>(
  error: unknown,
  code: Code,
): error is ShopProblem<Code> {
  return hasCode(error, code);
}`;
}

function shopType(contracts: readonly AnyContract[]): string {
  return `/** The shop, a module a name and a call a method. Refusals are thrown as \`ShopProblem\`. */
export type Shop = {
${contracts.map(({ name }) => `readonly ${name}: ${capital(name)};`).join('\n')}
/** The tokens in use. */
readonly session: Session;
/** Logs in, and stays so: an access token that has run out is renewed. */
logIn(email: string, password: string): Promise<void>;
/** Ends the session here and in the shop. */
logOut(): Promise<void>;
};`;
}

function routesOf(contracts: readonly AnyContract[], methods: readonly Method[]): string {
  const entries = contracts.map(({ name }) => {
    const own = methods.filter(({ module }) => module === name);
    return `${name}: {\n${own.map((one) => `${one.name}: [${one.routes.map(routeData).join(', ')}],`).join('\n')}\n},`;
  });
  return `const routes: Readonly<Record<string, Readonly<Record<string, readonly RouteOf[]>>>> = {
${entries.join('\n')}
};`;
}

function routeData({ method, path, call, file, part }: Route): string {
  const kind = part ? 'query' : call.kind;
  const data = { method, path, kind, ...(file !== undefined && { file }) };
  return JSON.stringify(data);
}

const opening = `/** Opens a shop: nothing is sent before the first call. */
export function openShop(
  options: ShopOptions & { readonly onTokens?: (tokens: Tokens | undefined) => void },
): Shop {
  const session = createSession(options.onTokens);
  const send = composeSend(options, session);
  const modules = Object.entries(routes).map(([module, calls]) => {
    const methods = Object.entries(calls).map(([name, ways]) => [name, composeCall(ways, send)]);
    return [module, Object.fromEntries(methods)];
  });
  const shop = Object.fromEntries(modules) as Omit<Shop, 'session' | 'logIn' | 'logOut'>;
  return {
    ...shop,
    session,
    async logIn(email, password) {
      session.use(await shop.users.authenticate({ email, password }));
    },
    async logOut() {
      const tokens = session.tokens();
      session.use(undefined);
      if (tokens) await shop.users.logout({ refreshToken: tokens.refreshToken });
    },
  };
}
`;

function formatted(source: string): string {
  const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url));
  const args = ['check', '--write', '--stdin-file-path=client/src/shop.ts'];
  return execFileSync(biome, args, { input: source, encoding: 'utf8' });
}

if (import.meta.main) writeFileSync(target, shopSource());
