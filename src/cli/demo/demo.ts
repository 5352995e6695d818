import { parseArgs } from 'node:util';

import { urlHost } from '#kernel/url-host';

import { CliError } from '../cli-error.ts';
import { journey } from './journey.ts';
import { tell } from './teller.ts';
import { NoAnswer, openShop, type Shop, ShopProblem } from '#client';

const usage = `npm run demo [-- --url http://127.0.0.1:3000]

Drives a customer's whole journey against the running shop. With ADMIN_PASSWORD (what the first start
printed) it shows the administrator's report at its end, too.`;

/** Tells the journey against the running shop. Throws a `CliError` when nobody answers, or a step fails. */
export async function runDemo(args: readonly string[]): Promise<void> {
  const { url, help } = readArgs(args);
  if (help) return console.log(usage);
  try {
    await tellAll(url);
  } catch (error) {
    if (error instanceof NoAnswer) {
      throw new CliError(`No shop answers at ${url}. Start it with npm start.`, 1);
    }
    if (error instanceof ShopProblem) throw new CliError(`The shop refused: ${error.message}`, 1);
    throw error;
  }
}

async function tellAll(url: string): Promise<void> {
  const enter = () => openShop({ url });
  const admin = await logInAdmin(enter());
  await untilStocked(enter());
  const startedAt = performance.now();
  console.log(`\nA day in the shop at ${url}\n`);
  await tell(journey, { ann: enter(), bob: enter(), admin, goods: [], bought: [] }, console.log);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `All of it in ${seconds} s. Every call is at ${url}/docs, every mail at ${url}/mailbox.`,
  );
}

function readArgs(args: readonly string[]): { url: string; help: boolean } {
  const { PORT = '3000', BIND = '127.0.0.1' } = process.env;
  const options = { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    const { url = `http://${urlHost(BIND)}:${PORT}`, help = false } = values;
    return { url: new URL(url).origin, help };
  } catch (error) {
    throw new CliError(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

async function logInAdmin(shop: Shop): Promise<Shop | undefined> {
  const { ADMIN_PASSWORD, ADMIN_EMAIL = 'admin@example.com' } = process.env;
  if (!ADMIN_PASSWORD) return undefined;
  await shop.logIn(ADMIN_EMAIL, ADMIN_PASSWORD);
  return shop;
}

/** How long the demo catalogue may take to load after a first start. */
const longestLoadMs = 60_000;

async function untilStocked(shop: Shop): Promise<void> {
  const until = performance.now() + longestLoadMs;
  for (;;) {
    const { state } = await shop.demo.showDemo();
    if (state !== 'loading') break;
    if (performance.now() > until) throw new CliError('The demo catalogue does not load.', 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { items } = await shop.catalog.listProducts({ limit: 1 });
  if (items.length === 0) throw new CliError('The shop is empty: start it with DEMO=1.', 1);
}
