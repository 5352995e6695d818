import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startApp } from '#test/app-process';
import { adminEmail, adminPassword, Customer, logInAdmin, stockProduct } from '#test/customer';
import { freePort } from '#test/free-port';
import { seededRandom } from '#test/random';

import { audit, initialUnits } from './audit.ts';
import { placeOrders } from './order-load.ts';
import { type OutsideProvider, sandboxOutside } from './outside-provider.ts';
import { startChaos } from './provider-chaos.ts';

/** How one run went, for people. */
export type KillReport = {
  readonly kills: number;
  /** Kills that provably hit while orders were in flight. */
  readonly hits: number;
  readonly placed: number;
  readonly completed: number;
  readonly rejected: number;
  readonly cancelled: number;
  /** How often the provider misbehaved, in each way. */
  readonly provider: Readonly<Record<string, number>>;
};

type KillPlan = {
  readonly kills: number;
  readonly seed: number;
  readonly clients: number;
  /** The sandbox, or a misbehaving provider of the run's own over HTTP. */
  readonly provider?: 'sandbox' | 'http';
};

/**
 * Kills the whole shop with SIGKILL at random moments while customers order, restarts it each time,
 * and then compares what customers were told with the provider's ledger, the stock and the mails.
 * Throws an `AssertionError` for the first thing that is not exact.
 */
export async function killUnderOrders(plan: KillPlan): Promise<KillReport> {
  const { seed, provider = 'sandbox' } = plan;
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'seamline-kill-'));
  const ends: (() => void | Promise<void>)[] = [];
  const ending = { after: (end: () => void | Promise<void>) => void ends.push(end) };
  const port = await freePort();
  try {
    const outside =
      provider === 'sandbox'
        ? sandboxOutside(folder)
        : await startChaos({ ending, folder, port, random: seededRandom(seed + 1) });
    return await run(plan, { port, dataDir: folder, random, outside });
  } finally {
    for (const end of ends) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Scene = {
  readonly port: number;
  readonly dataDir: string;
  readonly random: () => number;
  readonly outside: OutsideProvider;
};

async function run({ kills, clients }: KillPlan, scene: Scene): Promise<KillReport> {
  const { port, dataDir, random, outside } = scene;
  const admin = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword };
  const start = () => startApp({ port, dataDir, env: { ...admin, DEMO: '0', ...outside.env } });
  let app = await start();
  try {
    const productId = await stockProduct(await logInAdmin(app.url), initialUnits);
    const customers = await Customer.signUpMany(app.url, clients);
    const load = placeOrders({ customers, productId, random, ...outside });
    let hits = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      await pause(30 + random() * 700);
      hits += load.inFlight() > 0 ? 1 : 0;
      await app.kill();
      app = await start();
    }
    const placed = await load.finish();
    const audited = await audit(app.url, outside, { productId, customers, placed });
    return { kills, hits, ...audited, provider: outside.shown() };
  } finally {
    await app.kill();
  }
}
