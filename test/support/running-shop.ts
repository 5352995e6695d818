import { freshDatabase } from '#test/database';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { storeUnderTest } from '#test/stores';
import { temporaryFolder } from '#test/temp-folder';

import { adminEmail, adminPassword, type Customer, logInAdmin } from './customer.ts';
import { openTopology } from './running-topology.ts';

/** The whole shop behind its public door, in this process, on the store of this run. */
export type RunningShop = {
  readonly url: string;
  readonly dataDir: string;
  readonly admin: Customer;
};

/** Opens an empty shop with no rate limits and an administrator; it closes with the test file. */
export async function openRunningShop(
  env: Readonly<Record<string, string>> = {},
): Promise<RunningShop> {
  const dataDir = temporaryFolder(fileEnd);
  const shop = await openTopology({ ...(await shopEnvironment(dataDir)), ...env });
  fileEnd.after(() => shop.stop());
  return { url: shop.url, dataDir, admin: await logInAdmin(shop.url) };
}

/** The environment of a shop of a test's own: its folder, its ports, its database. */
export async function shopEnvironment(dataDir: string): Promise<Record<string, string>> {
  const store = storeUnderTest();
  const database =
    store.name === 'postgres' ? { DATABASE_URL: await freshDatabase(store.url, fileEnd) } : {};
  return {
    DATA_DIR: dataDir,
    PORT: `${await freePort()}`,
    INTERNAL_PORT: `${await freePort()}`,
    RATE_LIMIT: 'off',
    DRAIN_DELAY_MS: '0',
    LOG_LEVEL: 'error',
    DEMO: '0',
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: adminPassword,
    ...database,
  };
}
