import { createChanges } from '#kernel/changes';
import { choice } from '#kernel/config/settings';
import { defineModule } from '#kernel/module';

import { awaitPayment } from './application/await-payment.ts';
import { awaitRefund } from './application/await-refund.ts';
import { cancelPayment } from './application/cancel-payment.ts';
import { chargeSaga } from './application/charge-saga.ts';
import { getPayment } from './application/get-payment.ts';
import { processPayment } from './application/process-payment.ts';
import { refundPayment } from './application/refund-payment.ts';
import { refundSaga } from './application/refund-saga.ts';
import { payments } from './contract.ts';
import { SandboxProvider } from './providers/sandbox-provider.ts';
import { routes } from './routes.ts';
import { PaymentEntity, RefundEntity } from './store/entities.ts';
import { payments0001 } from './store/migrations/0001-payments.ts';

/** Moves money between customers and the shop, through a provider, each amount once. */
export const paymentsModule = defineModule({
  contract: payments,
  calls: [],
  hears: [],
  store: { entities: [PaymentEntity, RefundEntity], migrations: [payments0001] },
  settings: {
    PAYMENT_PROVIDER: choice(['sandbox'], {
      fallback: 'sandbox',
      example: 'sandbox',
      meaning: 'Who charges cards. The sandbox moves no real money.',
    }),
  },
  routes,
  parts: {
    changes: () => createChanges(),
    provider: ({ folder, clock, ids }) => new SandboxProvider({ folder: folder(), clock, ids }),
  },
  wire({ parts: { changes, provider } }) {
    const refund = refundSaga(provider, changes);
    const charge = chargeSaga({ provider, changes, refund });
    return {
      handlers: {
        processPayment: processPayment(charge),
        awaitPayment: awaitPayment(changes),
        cancelPayment: cancelPayment(refund),
        getPayment,
        refundPayment: refundPayment(refund),
        awaitRefund: awaitRefund(changes),
      },
      sagas: [charge, refund],
    };
  },
});
