import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';

import type { ModuleDefinition } from '#kernel/module';
import type { Actor } from '#kernel/ports/call-context';
import { fileEnd } from '#test/file-end';
import { startPaymentProvider, type TestProvider } from '#test/payment-provider';
import type { ChargeKept } from '#test/payment-provider-books';
import { openShop, type Shop } from '#test/shop';
import { temporaryFolder } from '#test/temp-folder';

import { type Payment, payments } from '../contract.ts';
import { paymentsModule } from '../module.ts';

const { processPayment, awaitPayment } = payments.calls;

export const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };
export const amount = { amount: 5000, currency: 'EUR' };

/** A shop whose payments are charged by a provider of the test's own, over HTTP. */
export type ProviderShop = {
  readonly shop: Shop;
  readonly provider: TestProvider;
  readonly secret: string;
  /** Begins a payment of 50 euros. */
  begin(token?: string): Promise<Payment>;
  /** The payment once nothing of it is on its way. */
  settled(payment: Payment): Promise<Payment>;
  /** What the provider's books hold of it. */
  charges(payment: Payment): readonly ChargeKept[];
  events(payment: Payment): Promise<string[]>;
};

export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

export async function openProviderShop(
  settings: Readonly<Record<string, string>> = {},
  neighbours: readonly ModuleDefinition[] = [],
): Promise<ProviderShop> {
  const ledger = join(temporaryFolder(fileEnd), 'ledger.jsonl');
  const provider = await startPaymentProvider(fileEnd, { ledger });
  const secret = newSecret();
  const shop = await openShop({
    modules: [...neighbours, paymentsModule],
    settings: {
      PAYMENT_PROVIDER: 'http',
      PAYMENT_PROVIDER_URL: provider.url,
      PAYMENT_PROVIDER_KEY: provider.key,
      PAYMENT_WEBHOOK_SECRET: secret,
      ...settings,
    },
  });
  return {
    shop,
    provider,
    secret,
    begin: (token = 'tok_ok') =>
      shop.call(processPayment, {
        orderId: randomUUID(),
        userId: randomUUID(),
        amount,
        method: 'card',
        token,
      }),
    settled: ({ id: paymentId }) =>
      shop.call(awaitPayment, { paymentId, waitMs: 30_000 }, { timeoutMs: 31_000 }),
    charges: ({ id }) => provider.books.charges.filter(({ reference }) => reference === id),
    async events({ id }) {
      await shop.settled();
      const published = await shop.published(payments);
      return published.filter(({ subject }) => subject === id).map(({ type }) => type);
    },
  };
}
