import { setTimeout as delay } from 'node:timers/promises';

import type { Part } from '#kernel/module';
import type { Clock } from '#kernel/ports/clock';
import type { Ids } from '#kernel/ports/ids';

import type {
  Charge,
  ChargeRequest,
  PaymentProvider,
  ProviderRefund,
  RefundRequest,
  Sought,
  Unknown,
} from './provider.ts';
import { type ChargeLine, SandboxLedger } from './sandbox-ledger.ts';

/** `tok_slow` answers after this long. */
const slowMs = 1_500;

/** `tok_flaky` fails this often, then works. */
const flakyFailures = 2;

/** `tok_unknown_outcome` charges, hangs up after this long, and can not be found for a while. */
const hangUpMs = 250;
const hiddenMs = 500;

type Ground = { readonly folder: string; readonly clock: Clock; readonly ids: Ids };

/**
 * A payment provider to try the shop with. It behaves as real ones do at their worst, by token, and
 * keeps its own durable books (`sandbox-provider.jsonl`), apart from the module that it serves.
 */
export class SandboxProvider implements PaymentProvider, Part {
  readonly #ground: Ground;
  #opened: SandboxLedger | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  async start(): Promise<void> {
    this.#opened = await SandboxLedger.open(this.#ground.folder);
  }

  async stop(): Promise<void> {
    await this.#opened?.close();
    this.#opened = undefined;
  }

  async charge(request: ChargeRequest, signal: AbortSignal): Promise<Charge | Unknown> {
    const { token, idempotencyKey: key } = request;
    const isKnown = this.#ledger.books.charges.has(key);
    if (!isKnown && token === 'tok_flaky' && (await this.#failsStill(key))) {
      return unknown('the provider answered 503');
    }
    if (!isKnown && token === 'tok_slow') await waited(slowMs, signal);
    if (signal.aborted) return unknown('the provider was silent');

    const charge = await this.#chargeOnce(request);
    if (token !== 'tok_unknown_outcome') return toCharge(charge);
    await waited(hangUpMs, signal);
    return unknown('the provider hung up');
  }

  async findByReference({ reference }: Sought): Promise<Charge | undefined> {
    await this.#ledger.catchUp();
    const { charges, keyOfCharge, refundedOf } = this.#ledger.books;
    const charge = charges.get(keyOfCharge.get(reference) ?? '');
    if (!charge || this.#isHidden(charge)) return undefined;
    return { ...toCharge(charge), refunded: refundedOf.get(charge.id) ?? 0 };
  }

  async refund({
    chargeId,
    amount,
    idempotencyKey: key,
  }: RefundRequest): Promise<ProviderRefund | Unknown> {
    const { refunds } = this.#ledger.books;
    if (!refunds.has(key)) {
      await this.#ledger.append({ kind: 'refund', key, chargeId, ...amount, ...this.#stamp('re') });
    }
    const refund = refunds.get(key);
    if (!refund) throw new Error(`Charge ${chargeId} can not be refunded by ${amount.amount}.`);
    return { id: refund.id, status: 'succeeded' };
  }

  get #ledger(): SandboxLedger {
    if (!this.#opened) throw new Error('The sandbox provider is not open.');
    return this.#opened;
  }

  async #chargeOnce(request: ChargeRequest): Promise<ChargeLine> {
    const { reference, amount, token, idempotencyKey: key } = request;
    const { charges } = this.#ledger.books;
    if (!charges.has(key)) {
      const verdict = verdictOn(token);
      const stamp = this.#stamp('ch');
      await this.#ledger.append({
        kind: 'charge',
        key,
        reference,
        token,
        ...amount,
        ...verdict,
        ...stamp,
      });
    }
    const charge = charges.get(key);
    if (!charge) throw new Error(`The books lost the charge ${key}.`);
    return charge;
  }

  /** Counted in the books: a provider does not begin to fail again because the shop was restarted. */
  async #failsStill(key: string): Promise<boolean> {
    const failures = this.#ledger.books.failuresOf.get(key) ?? 0;
    if (failures >= flakyFailures) return false;
    await this.#ledger.append({ kind: 'failure', key });
    return true;
  }

  #isHidden({ token, at }: ChargeLine): boolean {
    return token === 'tok_unknown_outcome' && this.#ground.clock.now() - Date.parse(at) < hiddenMs;
  }

  #stamp(prefix: 'ch' | 're') {
    const { ids, clock } = this.#ground;
    return { id: `${prefix}_${ids.next()}`, at: new Date(clock.now()).toISOString() };
  }
}

/** The sandbox tokens; any other is refused as one that the provider never gave. */
const chargeable = ['tok_ok', 'tok_slow', 'tok_flaky', 'tok_unknown_outcome'];

function verdictOn(token: string): Pick<ChargeLine, 'status' | 'declineCode'> {
  if (chargeable.includes(token)) return { status: 'succeeded' };
  const declineCode = token === 'tok_declined' ? 'card_declined' : 'unknown_token';
  return { status: 'declined', declineCode };
}

function toCharge({ id, status, declineCode }: ChargeLine): Charge {
  return declineCode === undefined ? { id, status } : { id, status, declineCode };
}

function unknown(why: string): Unknown {
  return { status: 'unknown', why };
}

/** Resolves after `ms`, or at once when the caller hangs up. */
async function waited(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
  });
}
