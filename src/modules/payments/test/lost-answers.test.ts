import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { openShop, type Shop } from '#test/shop';

import { payments } from '../contract.ts';
import { paymentsModule } from '../module.ts';
import type { ProviderRefund, RefundRequest, Unknown } from '../providers/provider.ts';
import { readLedger } from '../providers/sandbox-ledger.ts';
import { SandboxProvider } from '../providers/sandbox-provider.ts';

const { processPayment, awaitPayment, cancelPayment } = payments.calls;

/** Refunds, and loses the first two answers on the way back. */
class ForgetfulProvider extends SandboxProvider {
  readonly #lost = new Map<string, number>();

  override async refund(request: RefundRequest): Promise<ProviderRefund | Unknown> {
    const refund = await super.refund(request);
    const lost = this.#lost.get(request.chargeId) ?? 0;
    this.#lost.set(request.chargeId, lost + 1);
    return lost < 2 ? { status: 'unknown', why: 'the line broke' } : refund;
  }
}

let shop: Shop;

before(async () => {
  const parts: typeof paymentsModule.parts = {
    ...paymentsModule.parts,
    provider: ({ folder, clock, ids }) => new ForgetfulProvider({ folder: folder(), clock, ids }),
  };
  shop = await openShop({ modules: [{ ...paymentsModule, parts }] });
});

test('a refund whose answer gets lost is sent until it is known, and goes back once', async () => {
  const amount = { amount: 5000, currency: 'EUR' };
  const who = { orderId: randomUUID(), userId: randomUUID() };
  const wish = { ...who, amount, method: 'card' as const, token: 'tok_ok' };
  const { id: paymentId, orderId } = await shop.call(processPayment, wish);
  await shop.call(awaitPayment, { paymentId, waitMs: 10_000 });

  await shop.call(cancelPayment, { orderId });
  const payment = await shop.call(awaitPayment, { paymentId, waitMs: 10_000 });

  assert.deepEqual([payment.refunded, payment.refunding.amount], [amount, 0]);
  const { refunds } = await readLedger(join(shop.place.folder, 'payments'));
  assert.deepEqual(
    refunds.map(({ amount }) => amount),
    [5000],
  );
});
