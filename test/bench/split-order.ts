import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { everyModuleApart, type SplitShop, startSplit } from '#test/split-shop';

import { percentile } from './measure.ts';

/** What one order costs, one after another, with nobody else there. */
export type OrderCost = {
  readonly name: string;
  readonly p50Ms: number;
  /** Processor time of all processes together, per order. */
  readonly cpuMs: number;
};

const rounds = 5;
const ordersARound = 20;

const oneProcess = { shop: Object.values(everyModuleApart).flat() };

/** The same orders in one process and in nine, in turn. */
export async function measureSplitOrders(folder: string): Promise<readonly OrderCost[]> {
  const places = { 'one process': oneProcess, 'nine processes': everyModuleApart };
  const shops = await Promise.all(
    Object.entries(places).map(async ([name, hosts]) => {
      const dataDir = join(folder, name.replace(' ', '-'));
      mkdirSync(dataDir, { recursive: true });
      return await openBuyer(name, await startSplit({ hosts, dataDir }));
    }),
  );
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const shop of shops) await shop.buy(round > 0);
    }
    return shops.map(({ told }) => told());
  } finally {
    await Promise.all(shops.map(({ stop }) => stop()));
  }
}

async function openBuyer(name: string, shop: SplitShop) {
  const [url = ''] = shop.urls;
  const productId = await stockProduct(await logInAdmin(url), 1_000_000);
  const customer = await Customer.signUp(url);
  const tookMs: number[] = [];
  let cpuSeconds = 0;
  return {
    /** The first round warms up, and does not count. */
    async buy(counts: boolean): Promise<void> {
      const before = await processorSeconds(shop);
      for (let nth = 0; nth < ordersARound; nth += 1) {
        const beganAt = performance.now();
        const { status } = await customer.order([{ productId, quantity: 1 }]);
        if (status !== 201) throw new Error(`An order was answered with ${status}.`);
        if (counts) tookMs.push(performance.now() - beganAt);
      }
      if (counts) cpuSeconds += (await processorSeconds(shop)) - before;
    },
    told: (): OrderCost => ({
      name,
      p50Ms: percentile(tookMs, 50),
      cpuMs: (cpuSeconds * 1000) / tookMs.length,
    }),
    stop: () => shop.stop(),
  };
}

async function processorSeconds({ internal }: SplitShop): Promise<number> {
  const texts = await Promise.all(
    Object.values(internal).map(async (url) => (await fetch(`${url}/metrics`)).text()),
  );
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith('process_cpu_seconds_total '))
    .reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
}
