import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ModuleDefinition } from '#kernel/module';
import type { Reader } from '#kernel/ports/store';
import { often } from '#test/often';
import { message, signedHeaders } from '#test/payment-webhooks';
import { openShop } from '#test/shop';
import { until } from '#test/until';

import { payments } from '../contract.ts';
import { paymentsModule } from '../module.ts';
import { newSecret } from './provider-shop.ts';

const { getPayment, receiveWebhook } = payments.calls;

/** The module as it is, with a look at which webhooks it remembers instead of payments. */
const observed: ModuleDefinition = {
  ...paymentsModule,
  wire(the) {
    const wired = paymentsModule.wire(the);
    const remembered = async ({ sql }: Reader) =>
      (await sql<{ id: string }>`select id from webhooks order by id`).map(({ id }) => id);
    const handlers = { ...wired.handlers, getPayment: remembered as never };

    return { ...wired, handlers };
  },
};

test('a webhook is remembered for as long as it could be replayed, and not for ever', async () => {
  const secret = newSecret();
  const shop = await openShop({
    modules: [often(observed)],
    settings: {
      PAYMENT_PROVIDER: 'http',
      PAYMENT_PROVIDER_URL: 'http://127.0.0.1:9',
      PAYMENT_PROVIDER_KEY: 'k',
      PAYMENT_WEBHOOK_SECRET: secret,
    },
  });
  const tell = async (id: string) => {
    const news = message('charge.updated', {}, id);
    const signed = signedHeaders(news, secret, shop.clock.now());
    await shop.call(receiveWebhook, {
      provider: 'http',
      id,
      timestamp: signed['webhook-timestamp'] ?? '',
      signature: signed['webhook-signature'] ?? '',
      body: news.body,
    });
  };
  const paymentId = '00000000-0000-7000-8000-000000000000';
  const remembered = () => shop.call(getPayment, { paymentId }) as Promise<unknown>;

  await tell('msg_a');
  shop.clock.advance(20 * 3_600_000);
  await tell('msg_b');
  shop.clock.advance(5 * 3_600_000);
  await until(async () => !JSON.stringify(await remembered()).includes('msg_a'));
  assert.deepEqual(await remembered(), ['msg_b']);
});
