import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { seededRandom } from '#test/random';
import { type SplitShop, startSplit } from '#test/split-shop';
import { until } from '#test/until';

import { audit, initialUnits } from '../audit.ts';
import { placeOrders } from '../order-load.ts';
import { sandboxOutside } from '../outside-provider.ts';

/** A broker of the run's own, that can be ended as a crash does and started again. */
type Broker = { readonly url: string; kill(): Promise<void>; start(): Promise<void> };

export type OutageReport = {
  /** Of each outage: events that waited at its end, and how long until none did. */
  readonly outages: readonly { readonly backlog: number; readonly drainedMs: number }[];
  readonly placed: number;
  readonly completed: number;
  readonly rejected: number;
};

type OutagePlan = {
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  readonly events: 'redis' | 'rabbitmq';
  readonly broker: Broker;
  readonly outages: number;
  readonly outageMs: number;
  readonly clients: number;
  readonly seed: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly tell?: (line: string) => void;
};

/** What has to be gone after an outage, at the latest after this. */
const drainTimeoutMs = 120_000;

/**
 * Kills the broker under orders, again and again. Orders go on; their events wait in the outboxes, and
 * leave by themselves when it is back. Then holds what customers were told against stock, mails and the
 * provider's books. Throws an `AssertionError` for the first thing that is not exact.
 */
export async function breakBroker(plan: OutagePlan): Promise<OutageReport> {
  const { hosts, events, broker, env = {} } = plan;
  const dataDir = mkdtempSync(join(tmpdir(), 'seamline-outage-'));
  const address = events === 'redis' ? { REDIS_URL: broker.url } : { AMQP_URL: broker.url };
  let shop: SplitShop | undefined;
  try {
    // Refusals of the broker are what this run is about: they would fill the log.
    const settings = { ...address, LOG_LEVEL: 'error', ...env };
    shop = await startSplit({ hosts, dataDir, events, env: settings });
    return await run(plan, shop, dataDir);
  } finally {
    await Promise.all(shop?.hosts.map((host) => host.kill()) ?? []);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function run(plan: OutagePlan, shop: SplitShop, dataDir: string): Promise<OutageReport> {
  const { broker, clients, seed, tell = () => undefined } = plan;
  const [url = ''] = shop.urls;
  const outside = sandboxOutside(dataDir);
  const productId = await stockProduct(await logInAdmin(url), initialUnits);
  const customers = await Customer.signUpMany(url, clients);
  const load = placeOrders({ customers, productId, random: seededRandom(seed), ...outside });
  const outages: OutageReport['outages'][number][] = [];
  for (let nth = 1; nth <= plan.outages; nth += 1) {
    await broker.kill();
    await pause(plan.outageMs);
    const backlog = await waiting(shop);
    await broker.start();
    const startedAt = performance.now();
    await until(async () => (await waiting(shop)) === 0 || (await isDrained(shop)), {
      what: 'the outboxes to drain',
      timeoutMs: drainTimeoutMs,
      everyMs: 100,
    });
    const drainedMs = Math.round(performance.now() - startedAt);
    outages.push({ backlog, drainedMs });
    tell(`outage ${nth}: ${backlog} events waited, gone ${drainedMs} ms after the broker was back`);
  }
  const placed = await load.finish();
  const audited = await audit(url, outside, { productId, customers, placed });
  return { outages, ...audited };
}

/** Under load there is always an event on its way; a backlog is one that has waited for a while. */
async function isDrained(shop: SplitShop): Promise<boolean> {
  return (await measured(shop, 'seamline_outbox_oldest_seconds')).every((age) => age < 1);
}

async function waiting(shop: SplitShop): Promise<number> {
  const counts = await measured(shop, 'seamline_outbox_events');
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The values of a measurement, of every module of every host. */
async function measured(shop: SplitShop, name: string): Promise<readonly number[]> {
  const texts = await Promise.all(
    Object.values(shop.internal).map(async (url) => (await fetch(`${url}/metrics`)).text()),
  ).catch((error) => {
    const hosts = shop.hosts.map(
      (host) => `${host.name}: ${host.state}\n${host.output().slice(-4000)}`,
    );
    throw new Error(`Not all hosts can be asked.\n${hosts.join('\n')}`, { cause: error });
  });
  const lines = texts.join('\n').split('\n');
  return lines
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => Number(line.split(' ').at(-1)));
}
