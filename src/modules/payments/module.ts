import { users } from '#contracts/users';
import { createChanges } from '#kernel/changes';
import { defineModule } from '#kernel/module';
import { every } from '#kernel/schedules/schedule';

import { awaitPayment } from './application/await-payment.ts';
import { awaitRefund } from './application/await-refund.ts';
import { cancelPayment } from './application/cancel-payment.ts';
import { chargeSaga } from './application/charge-saga.ts';
import { exportAccount } from './application/export-account.ts';
import { forgetOldWebhooks } from './application/forget-old-webhooks.ts';
import { getPayment } from './application/get-payment.ts';
import { pendingChargeSaga } from './application/pending-charge-saga.ts';
import { processPayment } from './application/process-payment.ts';
import { receiveWebhook } from './application/receive-webhook.ts';
import { refundPayment } from './application/refund-payment.ts';
import { refundSagas } from './application/refund-saga.ts';
import { useUpTokens } from './application/use-up-tokens.ts';
import { payments } from './contract.ts';
import { makeProvider, makeWebhooks } from './providers/chosen-provider.ts';
import { paymentSettings } from './providers/payment-settings.ts';
import { routes } from './routes.ts';
import { PaymentEntity, RefundEntity, WebhookEntity } from './store/entities.ts';
import { payments0001 } from './store/migrations/0001-payments.ts';
import { payments0002 } from './store/migrations/0002-webhooks.ts';
import { payments0003 } from './store/migrations/0003-refunds-take-turns.ts';

const hourMs = 3_600_000;

/** Moves money between customers and the shop, through a provider, each amount once. */
export const paymentsModule = defineModule({
  contract: payments,
  calls: [],
  hears: [users],
  store: {
    entities: [PaymentEntity, RefundEntity, WebhookEntity],
    migrations: [payments0001, payments0002, payments0003],
  },
  settings: paymentSettings,
  routes,
  parts: {
    changes: () => createChanges(),
    provider: makeProvider,
    webhooks: makeWebhooks,
  },
  wire({ clock, log, parts: { changes, provider, webhooks } }) {
    const [refund, ...olderRefunds] = refundSagas({ provider, clock, changes });
    const pendingCharge = pendingChargeSaga({ provider, changes, refund });
    const charge = chargeSaga({ provider, clock, changes, refund, pendingCharge });
    const charges = [charge, pendingCharge];
    return {
      handlers: {
        processPayment: processPayment(charge),
        awaitPayment: awaitPayment(changes),
        cancelPayment: cancelPayment(refund),
        getPayment,
        refundPayment: refundPayment(refund),
        awaitRefund: awaitRefund(changes),
        receiveWebhook: receiveWebhook({ webhooks, log, charges, refund }),
        exportAccount,
      },
      subscriptions: [useUpTokens(charge)],
      sagas: [charge, pendingCharge, refund, ...olderRefunds],
      recurring: [every(hourMs, 'old webhooks', forgetOldWebhooks)],
    };
  },
});
