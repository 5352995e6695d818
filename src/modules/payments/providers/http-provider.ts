import type { Logger } from '#kernel/ports/logger';

import { isChargeAnswer, isListAnswer, isOf, isRefundAnswer, toCharge } from './charge-answer.ts';
import { type Answered, exchange, isUnknown, type Question } from './http-exchange.ts';
import type {
  Charge,
  ChargeRequest,
  PaymentProvider,
  ProviderRefund,
  RefundRequest,
  Sought,
  Unknown,
} from './provider.ts';

type Account = { readonly url: URL; readonly key: string };

/** Our own mistake, a wrong key, another version: nothing that a customer could mend. */
const misconfigured = /answered (?:3\d\d|4(?!08|09|25|29)\d\d)$/;

/**
 * A payment provider that is asked over HTTP (see `docs/guides/payment-provider.md`). Only a complete
 * answer about the very charge that was asked for counts; anything else is unknown, never a "no": a
 * refused key or a path that is not there says nothing about a card.
 */
export class HttpProvider implements PaymentProvider {
  readonly #account: Account;
  readonly #log: Logger;

  constructor(account: Account, log: Logger) {
    this.#account = account;
    this.#log = log;
  }

  async charge(request: ChargeRequest, signal: AbortSignal): Promise<Charge | Unknown> {
    const { reference, amount, token, idempotencyKey: key } = request;
    const body = { ...amount, token, reference };
    const asked = { method: 'POST', path: ['charges'], key, body, statuses: [201] } as const;
    const answer = await this.#ask(asked, signal);
    if (isUnknown(answer)) return answer;
    if (!isChargeAnswer(answer.body)) return this.#strange('a charge', reference);
    if (!isOf(request, answer.body)) return this.#strange('a charge of something else', reference);
    return toCharge(answer.body);
  }

  async findByReference(
    sought: Sought,
    signal: AbortSignal,
  ): Promise<Charge | Unknown | undefined> {
    const { reference } = sought;
    const asked = { method: 'GET', path: ['charges'], query: { reference }, statuses: [200, 404] };
    const answer = await this.#ask({ ...asked, method: 'GET' }, signal);
    if (isUnknown(answer)) return answer;
    if (answer.status === 404) return undefined;
    if (!isListAnswer(answer.body)) return this.#strange('a list', reference);
    return this.#pick(sought, answer.body.items);
  }

  async refund(request: RefundRequest, signal: AbortSignal): Promise<ProviderRefund | Unknown> {
    const { chargeId, amount, idempotencyKey: key } = request;
    const path = ['charges', chargeId, 'refunds'];
    const body = { amount: amount.amount };
    const answer = await this.#ask({ method: 'POST', path, key, body, statuses: [201] }, signal);
    if (isUnknown(answer)) return answer;
    if (!isRefundAnswer(answer.body)) return this.#strange('a refund', key);
    if (answer.body.amount !== amount.amount)
      return this.#strange('a refund of another amount', key);
    return { id: answer.body.id, status: 'succeeded' };
  }

  /** The one charge of a reference. Several are the provider's mistake, for a person to settle. */
  #pick(sought: Sought, items: readonly unknown[]): Charge | Unknown | undefined {
    const { reference } = sought;
    if (!items.every(isChargeAnswer)) return this.#strange('a list of charges', reference);
    const ours = items.filter((item) => item.reference === reference);
    if (!ours.every((item) => isOf(sought, item))) {
      return this.#strange('a charge of something else', reference);
    }
    const ids = new Set(ours.filter(({ status }) => status !== 'declined').map(({ id }) => id));
    if (ids.size > 1) return this.#strange('one charge', reference);
    const best =
      ours.find(({ status }) => status === 'succeeded') ??
      ours.find(({ status }) => status === 'pending') ??
      ours[0];
    return best && toCharge(best);
  }

  async #ask(
    asked: Omit<Question, 'url' | 'headers'> & {
      readonly path: readonly string[];
      readonly query?: Readonly<Record<string, string>>;
      /** The idempotency key of a command. */
      readonly key?: string;
    },
    signal: AbortSignal,
  ): Promise<Answered | Unknown> {
    const { path, query, key, ...question } = asked;
    const headers = {
      authorization: `Bearer ${this.#account.key}`,
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const url = this.#at(path, query);
    const answer = await exchange({ ...question, url, headers }, signal);
    if (isUnknown(answer) && misconfigured.test(answer.why)) {
      this.#log.error({ why: answer.why, path: url.pathname }, 'the payment provider refuses us');
    }
    return answer;
  }

  #at(path: readonly string[], query: Readonly<Record<string, string>> = {}): URL {
    const { url } = this.#account;
    const at = new URL(url);
    at.pathname = [url.pathname.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
    at.search = new URLSearchParams(query).toString();
    return at;
  }

  /** An answer that must not count, and that a person should hear of. */
  #strange(expected: string, about: string): Unknown {
    this.#log.error({ about, expected }, 'the payment provider gave a strange answer');
    return { status: 'unknown', why: `the answer was not ${expected}` };
  }
}
