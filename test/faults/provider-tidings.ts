import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { shown } from '#test/payment-provider';
import type { ChargeKept } from '#test/payment-provider-books';
import { deliver, deliverUntilTaken, type Message, message } from '#test/payment-webhooks';

type Refund = { readonly id: string; readonly chargeId: string; readonly amount: number };

/**
 * Tells the shop of charges and refunds as providers do at their worst: twice, late, in the wrong
 * order, or never, while a forger tells the opposite.
 */
export class ProviderTidings {
  readonly secret = newSecret();
  readonly counts: Record<string, number> = {};
  readonly #url: string;
  readonly #random: () => number;
  readonly #telling = new Set<Promise<void>>();
  #wrong: Error | undefined;

  constructor(url: string, random: () => number) {
    this.#url = url;
    this.#random = random;
  }

  ofCharge(charge: ChargeKept): void {
    this.begin(() => this.#tellOf(charge));
  }

  ofRefund(refund: Refund): void {
    this.begin(() => this.#tell(message('refund.succeeded', refund), 'of a refund'));
  }

  /** Lets something happen by itself; `finish` waits for it. */
  begin(work: () => Promise<void>): void {
    const begun = work().catch((error: Error) => {
      this.#wrong ??= error;
    });
    this.#telling.add(begun);
    begun.finally(() => this.#telling.delete(begun));
  }

  /** Waits until everything is told. Throws what the shop answered wrongly. */
  async finish(): Promise<void> {
    while (this.#telling.size > 0) await Promise.all(this.#telling);
    if (this.#wrong) throw this.#wrong;
  }

  async #tellOf(charge: ChargeKept): Promise<void> {
    const news = message(`charge.${charge.status}`, shown(charge));
    // Signed, and not true: what an earlier try of the same card may have come to.
    const stale = message('charge.declined', { ...shown(charge), status: 'declined' });
    const way = Math.floor(this.#random() * ways);
    if (way === 0) return this.#count('that got lost');
    if (way === 1) await this.#forge(charge);
    if (way === 2) await this.#tell(stale, 'that came before their time');
    if (way === 3) await pause(1_000 + this.#random() * 3_000);
    await this.#tell(news, way === 3 ? 'late' : 'in time');
    if (way === 4) await this.#tell(news, 'told twice');
    if (way === 5) await this.#tell(stale, 'that came after their time');
  }

  async #tell(news: Message, how: string): Promise<void> {
    const status = await deliverUntilTaken(this.#url, news, this.secret);
    if (status !== 204) throw new Error(`A webhook ${how} was answered with ${status}.`);
    this.#count(how);
  }

  async #forge(charge: ChargeKept): Promise<void> {
    const status = charge.status === 'succeeded' ? 'declined' : 'succeeded';
    const forgery = message(`charge.${status}`, { ...shown(charge), status });
    const answered = await deliver(this.#url, forgery, newSecret());
    // 0: the shop was being killed.
    if (answered !== 401 && answered !== 0) throw new Error(`A forger was answered ${answered}.`);
    if (answered === 401) this.#count('of a forger');
  }

  #count(how: string): void {
    const what = `webhooks ${how}`;
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

/** Six of them are bad; the others are in time. */
const ways = 8;

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
