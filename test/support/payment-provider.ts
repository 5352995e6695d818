import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type ChargeKept, type ChargeStatus, ProviderBooks } from './payment-provider-books.ts';
import type { Ending } from './temp-folder.ts';

/** A request as the provider sees it. `nth` counts those of its kind with this key or reference. */
export type Asked = {
  readonly kind: 'charge' | 'list' | 'refund';
  readonly about: string;
  readonly nth: number;
  readonly token: string;
};

/**
 * What the provider does instead of answering well. `…Before`: nothing has happened then; `…After`:
 * the money has moved. A string with a status answers just that; a function answers what it makes of
 * the right answer.
 */
export type Manner =
  | 'well'
  | 'hangBefore'
  | 'hangAfter'
  | 'cutBefore'
  | 'cutAfter'
  | { readonly before: number; readonly body?: string; readonly location?: string }
  | { readonly after: number; readonly body?: string | ((right: Answer) => unknown) }
  | { readonly twist: (right: Answer) => unknown }
  /** Its answer, made at once, is on its way until then. */
  | { readonly until: Promise<void> };

type Answer = Record<string, unknown>;

export type TestProvider = {
  readonly url: string;
  readonly key: string;
  readonly books: ProviderBooks;
  /** How often each manner was shown, for a test to prove that it was. */
  readonly shown: ReadonlyMap<string, number>;
  /** Every request that came with a wrong key, or to a path that is none. */
  readonly stray: readonly string[];
  /** How often it was asked this about that: a payment's id, or a refund's key. */
  asked(kind: Asked['kind'], about: string): number;
  /** Decides how each request is treated; well at first. */
  treat(manner: (asked: Asked) => Manner): void;
  /** Settles a pending charge. */
  settle(chargeId: string, status: 'succeeded' | 'declined'): ChargeKept;
  /** As real ones do after a day: the same key again is a new charge. */
  forgetKeys(): void;
};

type Options = {
  readonly ledger: string;
  /** How a charge ends by its token; `tok_pending` and `tok_declined` do as they say, any other succeeds. */
  readonly onPending?: (charge: ChargeKept) => void;
  readonly onCharged?: (charge: ChargeKept) => void;
  readonly onRefunded?: (refund: { id: string; chargeId: string; amount: number }) => void;
};

/** Starts a payment provider of the test's own on 127.0.0.1; it ends with `ending`. */
export async function startPaymentProvider(
  ending: Ending,
  options: Options,
): Promise<TestProvider> {
  const provider = new Provider(options);
  const server = createServer((request, response) => {
    provider.serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(provider, { url: `http://127.0.0.1:${port}/v1` });
}

type Act = () => Answer;

const statusOf: Readonly<Record<string, ChargeStatus>> = {
  tok_pending: 'pending',
  tok_declined: 'declined',
};

class Provider {
  readonly key = `sk_${randomUUID()}`;
  readonly books: ProviderBooks;
  readonly shown = new Map<string, number>();
  readonly stray: string[] = [];
  readonly #options: Options;
  readonly #asked = new Map<string, number>();
  /** What each idempotency key was answered with at first. */
  readonly #answers = new Map<string, Answer>();
  #manner: (asked: Asked) => Manner = () => 'well';

  constructor(options: Options) {
    this.#options = options;
    this.books = new ProviderBooks(options.ledger);
  }

  treat(manner: (asked: Asked) => Manner): void {
    this.#manner = manner;
  }

  asked(kind: Asked['kind'], about: string): number {
    return this.#asked.get(`${kind} ${about}`) ?? 0;
  }

  forgetKeys(): void {
    this.#answers.clear();
  }

  settle(chargeId: string, status: 'succeeded' | 'declined'): ChargeKept {
    this.books.enter({ kind: 'settled', chargeId, status });
    const charge = this.books.chargeById(chargeId) as ChargeKept;
    this.#options.onCharged?.(charge);
    return charge;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const at = new URL(url, 'http://provider');
    const body = await bodyOf(request);
    const refundOf = /^\/v1\/charges\/([^/]+)\/refunds$/.exec(at.pathname)?.[1];
    const isCharge = at.pathname === '/v1/charges';
    const known = headers.authorization === `Bearer ${this.key}` && (isCharge || refundOf);
    const key = String(headers['idempotency-key'] ?? '');
    const reference = at.searchParams.get('reference') ?? '';
    if (!known) {
      this.stray.push(`${method} ${url}`);
      answer(response, 401, { error: 'who are you?' });
    } else if (method === 'GET') {
      const act = () => this.#list(reference);
      this.#treat({ kind: 'list', about: reference, token: '', act }, response);
    } else if (refundOf) {
      const act = () => this.#once(key, () => this.#refund(refundOf, key, body));
      this.#treat({ kind: 'refund', about: key, token: '', act }, response);
    } else {
      const act = () => this.#once(key, () => this.#charge(key, body));
      this.#treat({ kind: 'charge', about: body.reference, token: body.token, act }, response);
    }
  }

  /** Does what was asked, in the manner that the test wants. */
  #treat({ act, ...asked }: Omit<Asked, 'nth'> & { act: Act }, response: ServerResponse): void {
    const { kind, about } = asked;
    const nth = this.asked(kind, about) + 1;
    this.#asked.set(`${kind} ${about}`, nth);
    const manner = this.#manner({ ...asked, nth });
    const name = `${kind} ${nameOf(manner)}`;
    this.shown.set(name, (this.shown.get(name) ?? 0) + 1);
    if (manner === 'hangBefore') return;
    if (manner === 'cutBefore') response.destroy();
    else if (typeof manner === 'object' && 'before' in manner) {
      answer(response, manner.before, manner.body ?? 'no', manner.location);
    } else respond(response, manner, kind === 'list' ? 200 : 201, act());
  }

  #once(key: string, act: Act): Answer {
    const known = this.#answers.get(key);
    if (known) return known;
    const made = act();
    this.#answers.set(key, made);
    return made;
  }

  #charge(key: string, { reference, amount, currency, token }: Body): Answer {
    const status = statusOf[token] ?? 'succeeded';
    const id = `ch_${randomUUID()}`;
    this.books.enter({ kind: 'charge', id, key, reference, amount, currency, status });
    const charge = this.books.chargeById(id) as ChargeKept;
    if (status === 'pending') this.#options.onPending?.(charge);
    else this.#options.onCharged?.(charge);
    return shown(charge);
  }

  #refund(chargeId: string, key: string, { amount }: Body): Answer {
    const refund = { id: `re_${randomUUID()}`, key, chargeId, amount };
    this.books.enter({ kind: 'refund', ...refund });
    this.#options.onRefunded?.(refund);
    return { id: refund.id, amount };
  }

  #list(reference: string): Answer {
    return { items: this.books.charges.filter((one) => one.reference === reference).map(shown) };
  }
}

/** What the provider makes of the right answer: the money has moved. */
function respond(
  response: ServerResponse,
  manner: Exclude<Manner, 'hangBefore' | 'cutBefore' | { readonly before: number }>,
  status: number,
  right: Answer,
): void {
  if (manner === 'hangAfter') return;
  if (manner === 'cutAfter') cut(response, right);
  else if (manner === 'well') answer(response, status, right);
  else if ('after' in manner) answer(response, manner.after, bodyAfter(manner.body, right));
  else if ('twist' in manner) answer(response, status, manner.twist(right));
  else void manner.until.then(() => answer(response, status, right));
}

function bodyAfter(body: string | ((right: Answer) => unknown) = 'sorry', right: Answer): unknown {
  return typeof body === 'string' ? body : body(right);
}

function nameOf(manner: Manner): string {
  if (typeof manner === 'string') return manner;
  if ('twist' in manner) return 'twist';
  if ('until' in manner) return 'later';
  return 'before' in manner ? `${manner.before} before` : `${manner.after} after`;
}

/** A charge as the provider writes it, in answers and in webhooks. */
export function shown({ id, status, amount, currency, refunded, reference }: ChargeKept) {
  const declineCode = status === 'declined' ? { declineCode: 'insufficient_funds' } : {};
  return { id, status, amount, currency, refunded, reference, ...declineCode };
}

type Body = {
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
};

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text || '{}');
}

function answer(response: ServerResponse, status: number, body: unknown, location?: string): void {
  const headers = { 'content-type': 'application/json', ...(location && { location }) };
  response.writeHead(status, headers);
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Half of the answer, and the line breaks. */
function cut(response: ServerResponse, right: unknown): void {
  const text = JSON.stringify(right);
  response.writeHead(201, { 'content-length': text.length });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}
