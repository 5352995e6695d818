import { after } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

import { users } from '#contracts/users';
import type { Call } from '#kernel/contract';
import type { ListenerLimits } from '#kernel/http/listener';
import { createLogger } from '#kernel/log';
import { createMetrics } from '#kernel/metrics';
import type { Bytes } from '#kernel/ports/bytes';
import type { CallContext } from '#kernel/ports/call-context';
import type { Invoke } from '#kernel/ports/call-transport';
import { systemIds } from '#kernel/system-clock';
import { type MovableClock, movableClock } from '#test/clock';

import {
  createGateway,
  type Gateway,
  type GatewayOptions,
} from '../../src/modules/gateway/module.ts';
import { corner, cornerRoutes, kiosk, thing } from './corner-shop.ts';

type GatewaySettings = GatewayOptions['settings'];

/** A call that came through the door. */
export type Arrived = { readonly call: string; readonly ctx: CallContext; readonly input: unknown };

export type OpenDoor = {
  readonly url: string;
  readonly port: number;
  readonly gateway: Gateway;
  readonly clock: MovableClock;
  /** Every call that was made, the door's own for signing keys apart. */
  readonly arrived: Arrived[];
  lastArrived(): Arrived;
  /** Every log line, parsed. */
  readonly logged: Record<string, unknown>[];
  readonly keys: Keys;
  /** Answers a call of the corner shop in the test's own way. */
  answer(call: Call, handler: Answer): void;
  fetch(path: string, init?: RequestInit): Promise<Response>;
};

type DoorOptions = {
  readonly settings?: Partial<GatewaySettings>;
  readonly limits?: Partial<ListenerLimits>;
  readonly heartbeatMs?: number;
  readonly isReady?: () => Promise<boolean>;
  readonly answerWithinMs?: number;
};

/** Opens a gateway on a free port, in front of the corner shop. Closed when the test file ends. */
export async function openDoor(options: DoorOptions = {}): Promise<OpenDoor> {
  const clock = movableClock();
  const keys = await createKeys(clock);
  const arrived: Arrived[] = [];
  const logged: Record<string, unknown>[] = [];
  const answers = new Map<string, Answer>();
  const gateway = createGateway({
    settings: { ...closedByDefault, ...options.settings },
    routes: cornerRoutes,
    contracts: [corner, kiosk],
    places: {
      corner: { place: 'this process, SQLite' },
      kiosk: { place: 'host stand', at: 'http://10.0.0.7:4000' },
    },
    operatorUrl: () => 'http://127.0.0.1:4000',
    connect: (call) => connect(call, keys, answers, arrived),
    clock,
    ids: systemIds,
    log: createLogger('debug', { write: (line) => logged.push(JSON.parse(line)) }),
    metrics: createMetrics(),
    isReady: options.isReady ?? (async () => true),
    limits: options.limits ?? {},
    heartbeatMs: options.heartbeatMs ?? 15_000,
    answerWithinMs: options.answerWithinMs ?? 35_000,
  });
  const { url, port } = await gateway.listen();
  after(() => gateway.drain({ lingerMs: 0, deadlineMs: 1_000 }));
  return {
    ...{ url, port, gateway, clock, arrived, logged, keys },
    lastArrived() {
      const last = arrived.at(-1);
      if (!last) throw new Error('No call has come through the door.');
      return last;
    },
    answer: (call, handler) => answers.set(nameOf(call), handler),
    fetch: (path, init) => fetch(url + path, { ...init, redirect: 'manual' }),
  };
}

const closedByDefault: GatewaySettings = {
  PORT: 0,
  BIND: '127.0.0.1',
  DRAIN_DELAY_MS: 0,
  RATE_LIMIT: undefined,
  TRUSTED_PROXIES: [],
  CORS_ORIGINS: [],
};

type Answer = (input: never, ctx: CallContext, bytes: Bytes) => unknown;
type Answers = ReadonlyMap<string, Answer>;

const nameOf = ({ contract, name }: Call) => `${contract}.${name}`;

/** The port through which the gateway reaches modules, with modules of this file behind it. */
function connect(call: Call, keys: Keys, answers: Answers, arrived: Arrived[]): Invoke {
  if (call.name === users.calls.getSigningKeys.name) {
    return async (ctx, input) =>
      (await answers.get(nameOf(call))?.(input as never, ctx, nothing())) ?? keys.published();
  }
  const run: Invoke = (ctx, input, _options, bytes = nothing()) => {
    arrived.push({ call: call.name, ctx, input });
    return answers.get(nameOf(call))?.(input as never, ctx, bytes) ?? thing;
  };
  if (call.kind === 'stream') return run;
  return async (ctx, input, options, bytes) => run(ctx, input, options, bytes);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

type TokenChanges = { header?: Record<string, unknown>; claims?: JWTPayload; kid?: string };

/** The keys of the users module, as far as the edge can tell. */
export type Keys = {
  published(): { keys: unknown[] };
  /** Makes another key, published beside those before. */
  add(kid: string): Promise<void>;
  retire(kid: string): void;
  /** A good token, or one with something changed. */
  token(roles?: readonly string[], changes?: TokenChanges): Promise<string>;
  bearer(roles?: readonly string[]): Promise<{ authorization: string }>;
};

export const customerId = '019a7c5e-0000-7000-8000-00000000c057';

async function createKeys(clock: MovableClock): Promise<Keys> {
  const pairs = new Map<string, Awaited<ReturnType<typeof makeKey>>>();
  const published = new Set<string>();
  const keys: Keys = {
    published: () => ({ keys: [...published].map((kid) => pairs.get(kid)?.jwk) }),
    async add(kid) {
      pairs.set(kid, await makeKey(kid));
      published.add(kid);
    },
    retire: (kid) => published.delete(kid),
    async token(roles = ['customer'], { header, claims, kid = 'first' } = {}) {
      const pair = pairs.get(kid);
      if (!pair) throw new Error(`There is no key ${kid}.`);
      const now = Math.floor(clock.now() / 1000);
      const payload = { roles, sub: customerId, iss: 'seamline', aud: 'seamline', iat: now };
      return new SignJWT({ ...payload, exp: now + 600, ...claims })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid, ...header })
        .sign(pair.privateKey);
    },
    bearer: async (roles) => ({ authorization: `Bearer ${await keys.token(roles)}` }),
  };
  await keys.add('first');
  return keys;
}

async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' };
  return { privateKey, jwk };
}

/** The problem in an answer, for whoever expects one. */
export async function problemIn(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}
