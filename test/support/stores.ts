/** A store to run a suite on. `url` is a PostgreSQL server whose user may make databases. */
export type StoreUnderTest =
  | { readonly name: 'sqlite' }
  | { readonly name: 'postgres'; readonly url: string };

/**
 * Every store that a suite runs on in this process: both, where there is a PostgreSQL server
 * (TEST_POSTGRES_URL), or the one that TEST_STORE names. `npm test` sets both variables.
 */
export function storesUnderTest(): readonly StoreUnderTest[] {
  if (process.env.TEST_STORE) return [storeUnderTest()];
  const url = process.env.TEST_POSTGRES_URL;
  return url ? [{ name: 'sqlite' }, { name: 'postgres', url }] : [{ name: 'sqlite' }];
}

/**
 * The one store of suites that are run once for each: the modules' own tests and the journeys.
 * Throws when TEST_STORE names no store, or PostgreSQL without its server.
 */
export function storeUnderTest(): StoreUnderTest {
  const name = process.env.TEST_STORE ?? 'sqlite';
  const url = process.env.TEST_POSTGRES_URL;
  if (name === 'sqlite') return { name };
  if (name !== 'postgres') throw new Error(`TEST_STORE is ${name}: sqlite or postgres.`);
  if (!url) throw new Error('TEST_STORE=postgres needs TEST_POSTGRES_URL; `npm test` sets it.');
  return { name, url };
}
