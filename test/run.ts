// `npm test [PATH …]`: runs the test files under the given paths (all without any), first what is
// independent of a store or covers each by itself, then whatever opens a shop once for each store.
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { type Failed, runFiles, type Totals } from './run-files.ts';
import { serversNotCovered, startServers } from './servers.ts';

type Pass = {
  readonly title: string;
  readonly files: readonly string[];
  /** What tells the tests where, and on what, to open their shops. */
  readonly env?: Readonly<Record<string, string>>;
};

/** In characters: enough for a difference, and not for all that a host has written. */
const longestWhy = 2_000;

const onlyStore = process.env.TEST_STORE;
const startedAt = performance.now();
// Every file is a process, and most load the same packages: compiled code is kept between them.
process.env.NODE_COMPILE_CACHE ??= resolve('node_modules/.cache/seamline-test');
const paths = process.argv.slice(2);
const files = wantedFiles();
const servers = await startServers(files);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => servers.stop().then(() => process.exit(130)));
}
process.exitCode = (await runAll()) ? 0 : 1;
await servers.stop();

function wantedFiles(): readonly string[] {
  const isWanted = (file: string) =>
    paths.length === 0 || paths.some((path) => file.startsWith(path.replace(/^\.\//, '')));
  return globSync(['src/**/test/**/*.test.ts', 'test/**/*.test.ts'])
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/^test\/(?:bench|simulation)\//.test(file) && isWanted(file))
    .sort();
}

async function runAll(): Promise<boolean> {
  const results: { pass: Pass; totals: Totals }[] = [];
  for (const pass of passes()) {
    if (pass.files.length === 0) continue;
    console.log(`\n── ${pass.title} ──`);
    Object.assign(process.env, pass.env);
    results.push({ pass, totals: await runFiles(pass.files) });
  }
  const uncovered = paths.length === 0 ? notCovered() : [];
  for (const { pass, totals } of results) summarize(pass, totals);
  for (const what of uncovered) console.log(`not covered: ${what}`);
  const all = sum(results.map(({ totals }) => totals));
  printLikeNode(all);
  if (all.tests === 0) console.error('No test ran: no file matches.');
  const complete = uncovered.length === 0 || process.env.REQUIRE_ALL !== '1';
  if (!complete) console.error('REQUIRE_ALL=1, and something was not covered.');
  return all.tests > 0 && all.failed.length === 0 && complete;
}

function passes(): readonly Pass[] {
  const needsStore = (file: string) =>
    /^(?:src\/modules|test\/journeys)\//.test(file) || opensShop(file);
  return [
    {
      title: 'kernel, architecture, conformance, a sample of faults',
      files: files.filter((file) => !needsStore(file)),
    },
    ...stores().map((store) => ({
      title: `whatever opens a shop, on ${store}`,
      files: files.filter(needsStore),
      env: { TEST_STORE: store },
    })),
    ...splits().map(({ topology, calls, events, store }) => ({
      title: `journeys in ${topology}, calls by ${calls}, events over ${events}, on ${store}`,
      files: files.filter((file) => file.startsWith('test/journeys/')),
      env: {
        TEST_STORE: store,
        TEST_TOPOLOGY: `deploy/topologies/${topology}.json`,
        TEST_CALLS: calls,
        TEST_BUS: events,
      },
    })),
  ];
}

/** A sample of the matrix that `npm run test:matrix` runs in full: each carrier, mode and store. */
function splits() {
  const { TEST_REDIS_URL, TEST_AMQP_URL, TEST_POSTGRES_URL } = process.env;
  const store = TEST_POSTGRES_URL ? 'postgres' : 'sqlite';
  if (onlyStore) return [];
  const [one, all] = ['payments-apart', 'every-module-apart'];
  return [
    { topology: all, calls: 'request', events: 'http', store: 'sqlite' },
    ...(TEST_REDIS_URL ? [{ topology: one, calls: 'stream', events: 'redis', store }] : []),
    ...(TEST_AMQP_URL ? [{ topology: all, calls: 'stream', events: 'rabbitmq', store }] : []),
  ];
}

/** A test that opens a shop opens it on the one store of its run. */
function opensShop(file: string): boolean {
  return /'#test\/(?:shop|running-shop|books)'|\bstoreUnderTest\b/.test(readFileSync(file, 'utf8'));
}

function stores(): readonly string[] {
  if (onlyStore) return [onlyStore];
  return process.env.TEST_POSTGRES_URL ? ['sqlite', 'postgres'] : ['sqlite'];
}

function notCovered(): readonly string[] {
  return onlyStore ? [...serversNotCovered(), 'the other store (TEST_STORE)'] : serversNotCovered();
}

function summarize({ title, files }: Pass, { pass, failed }: Totals): void {
  const failures = failed.length === 0 ? '' : `, ${failed.length} FAILED`;
  console.log(`${title}: ${pass} passed${failures} (${files.length} files)`);
  for (const { name, file, why } of failed) {
    console.log(`  ✖ ${name} (${file})`);
    console.log(why.slice(0, longestWhy).replace(/^/gm, '      '));
  }
}

function sum(parts: readonly Totals[]): Totals {
  const add = (pick: (totals: Totals) => number) => parts.reduce((all, one) => all + pick(one), 0);
  return {
    tests: add(({ tests }) => tests),
    suites: add(({ suites }) => suites),
    pass: add(({ pass }) => pass),
    cancelled: add(({ cancelled }) => cancelled),
    skipped: add(({ skipped }) => skipped),
    todo: add(({ todo }) => todo),
    failed: parts.flatMap(({ failed }): readonly Failed[] => failed),
  };
}

/** The lines that node's own runner closes with, for whoever reads them by machine. */
function printLikeNode({ tests, suites, pass, failed, cancelled, skipped, todo }: Totals): void {
  const fail = tests - pass - cancelled - skipped - todo;
  const counts = {
    tests,
    suites,
    pass,
    fail: Math.max(fail, failed.length),
    cancelled,
    skipped,
    todo,
  };
  for (const [name, count] of Object.entries(counts)) console.log(`ℹ ${name} ${count}`);
  console.log(`ℹ duration_ms ${(performance.now() - startedAt).toFixed(0)}`);
}
