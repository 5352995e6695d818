import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { type DoorKeeper, keepDoors, seenWithinMs } from '#test/door-keeper';
import { seededRandom } from '#test/random';
import { type SplitShop, startSplit } from '#test/split-shop';
import { until } from '#test/until';

import { audit, initialUnits } from '../audit.ts';
import { placeOrders } from '../order-load.ts';
import { sandboxOutside } from '../outside-provider.ts';

export type RestartReport = {
  /** In the order in which they were restarted. */
  readonly restarted: readonly string[];
  /** Restarts while orders were in flight. */
  readonly hits: number;
  readonly requests: number;
  readonly failed: readonly string[];
  readonly placed: number;
  readonly completed: number;
  readonly rejected: number;
};

type RestartPlan = {
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  readonly instances: number;
  readonly databaseUrl: string;
  readonly clients: number;
  readonly seed: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly events?: 'http' | 'redis' | 'rabbitmq';
  readonly tell?: (line: string) => void;
};

/**
 * Runs several instances of every host, and restarts each in turn, as a deployment does, while customers
 * order. Then holds what they were told against stock, mails and the provider's books. Throws an
 * `AssertionError` for the first thing that is not exact; failed requests are the report's.
 */
export async function restartInTurn(plan: RestartPlan): Promise<RestartReport> {
  const { hosts, instances, databaseUrl, events = 'http', env = {} } = plan;
  const dataDir = mkdtempSync(join(tmpdir(), 'seamline-restart-'));
  let shop: SplitShop | undefined;
  let doors: DoorKeeper | undefined;
  try {
    shop = await startSplit({
      ...{ hosts, instances, dataDir, events },
      env: {
        DATABASE_URL: databaseUrl,
        POOL_SIZE: '2',
        DRAIN_DELAY_MS: `${seenWithinMs}`,
        ...env,
      },
    });
    doors = await keepDoors(shop.urls);
    return await run(plan, shop, doors, dataDir);
  } finally {
    await doors?.close();
    await Promise.all(shop?.hosts.map((host) => host.kill()) ?? []);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function run(
  { clients, seed, tell = () => undefined }: RestartPlan,
  shop: SplitShop,
  doors: DoorKeeper,
  dataDir: string,
): Promise<RestartReport> {
  const random = seededRandom(seed);
  const outside = sandboxOutside(dataDir);
  const productId = await stockProduct(await logInAdmin(doors.url), initialUnits);
  const customers = await Customer.signUpMany(doors.url, clients);
  const load = placeOrders({ customers, productId, random, ...outside });
  const restarted: string[] = [];
  let hits = 0;
  for (const host of shop.hosts) {
    await until(() => load.inFlight() > 0, { what: 'orders in flight' });
    hits += load.inFlight() > 0 ? 1 : 0;
    const before = doors.seen().requests;
    const code = await host.stop();
    if (code !== 0) throw new Error(`${host.name} ended with ${code}:\n${host.output()}`);
    await host.start();
    await until(() => isReady(shop.internal[host.name]), { what: `${host.name} to be ready` });
    restarted.push(host.name);
    const { requests, failed } = doors.seen();
    tell(`${host.name}: ${requests - before} requests meanwhile, ${failed.length} failed so far`);
  }
  const placed = await load.finish();
  const { requests, failed } = doors.seen();
  const audited = await audit(doors.url, outside, { productId, customers, placed });
  const { completed, rejected } = audited;
  return { restarted, hits, requests, failed, placed: placed.length, completed, rejected };
}

async function isReady(url: string | undefined): Promise<boolean> {
  const answer = await fetch(`${url}/health/ready`);
  await answer.body?.cancel();
  return answer.ok;
}
