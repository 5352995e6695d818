import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { type Asked, type Manner, startPaymentProvider } from '#test/payment-provider';
import { moneyInBooks, readProviderBooks } from '#test/payment-provider-books';
import type { Ending } from '#test/temp-folder';

import type { OutsideProvider } from './outside-provider.ts';
import { ProviderTidings } from './provider-tidings.ts';

type Chaos = {
  readonly ending: Ending;
  readonly folder: string;
  /** Where the shop listens. */
  readonly port: number;
  readonly random: () => number;
};

/** How it treats requests, in percent; the rest is treated well. */
const manners: readonly (readonly [number, Manner])[] = [
  [3, 'hangAfter'],
  [1, 'hangBefore'],
  [6, 'cutAfter'],
  [4, 'cutBefore'],
  [9, { after: 500 }],
  [6, { before: 500 }],
  [3, { before: 429 }],
  [3, { after: 201, body: '<html>' }],
];

/**
 * A provider over HTTP that does whatever can go wrong, by the seed: it hangs, fails and hangs up
 * before and after the money has moved, settles charges later, and tells of them badly.
 */
export async function startChaos({
  ending,
  folder,
  port,
  random,
}: Chaos): Promise<OutsideProvider> {
  const ledger = join(folder, 'provider-ledger.jsonl');
  const tidings = new ProviderTidings(
    `http://127.0.0.1:${port}/api/payments/webhooks/http`,
    random,
  );
  const provider = await startPaymentProvider(ending, {
    ledger,
    onPending: ({ id }) =>
      tidings.begin(async () => {
        await pause(random() * 1_500);
        provider.settle(id, random() < 0.7 ? 'succeeded' : 'declined');
      }),
    onCharged: (charge) => tidings.ofCharge(charge),
    onRefunded: (refund) => tidings.ofRefund(refund),
  });
  provider.treat((asked) => mannerFor(asked, random));
  return {
    env: {
      PAYMENT_PROVIDER: 'http',
      PAYMENT_PROVIDER_URL: provider.url,
      PAYMENT_PROVIDER_KEY: provider.key,
      PAYMENT_WEBHOOK_SECRET: tidings.secret,
    },
    tokens,
    regret: 0.2,
    kept: async () => keptIn(ledger),
    shown: () => ({ ...Object.fromEntries(provider.shown), ...tidings.counts }),
    finish: () => tidings.finish(),
  };
}

const tokens = [
  ...Array<string>(9).fill('tok_ok'),
  ...Array<string>(3).fill('tok_declined'),
  ...Array<string>(6).fill('tok_pending'),
];

function mannerFor({ nth }: Asked, random: () => number): Manner {
  // In the end it answers: a run has to end too.
  if (nth > 12) return 'well';
  let left = random() * 100;
  for (const [percent, manner] of manners) {
    left -= percent;
    if (left < 0) return manner;
  }
  return 'well';
}

/** What the books say. Throws where they hold two charges of one payment, or too large a refund. */
function keptIn(ledger: string): ReadonlyMap<string, number> {
  const charged = readProviderBooks(ledger).filter(({ status }) => status !== 'declined');
  const references = new Set(charged.map(({ reference }) => reference));
  if (references.size < charged.length) throw new Error('A payment was charged twice.');
  const odd = charged.find(({ refunded, amount }) => refunded !== 0 && refunded !== amount);
  if (odd) throw new Error(`Of ${odd.amount}, ${odd.refunded} was sent back.`);
  return moneyInBooks(ledger);
}
