// `npm test [PATH …]`: runs the test files under the given paths (all without any), first what is
// independent of a store or covers each by itself, then whatever opens a shop once for each store.
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { postgresBinaries, startPostgres } from '#test/postgres';

import { type Failed, runFiles, type Totals } from './run-files.ts';

type Pass = { readonly title: string; readonly files: readonly string[]; readonly store?: string };

const onlyStore = process.env.TEST_STORE;
const startedAt = performance.now();
// Every file is a process, and most load the same packages: compiled code is kept between them.
process.env.NODE_COMPILE_CACHE ??= resolve('node_modules/.cache/seamline-test');
const server = await postgresServer();
process.exitCode = (await runAll(process.argv.slice(2))) ? 0 : 1;
await server.stop();

/** Exports the server's URL to the tests. Without a server the tests on PostgreSQL are left out. */
async function postgresServer(): Promise<{ stop(): Promise<void> }> {
  if (process.env.TEST_POSTGRES_URL || !postgresBinaries()) return { stop: async () => undefined };
  const postgres = await startPostgres();
  process.env.TEST_POSTGRES_URL = postgres.url;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => postgres.stop().then(() => process.exit(130)));
  }
  return postgres;
}

async function runAll(paths: readonly string[]): Promise<boolean> {
  const results: { pass: Pass; totals: Totals }[] = [];
  for (const pass of passes(paths)) {
    if (pass.files.length === 0) continue;
    console.log(`\n── ${pass.title} ──`);
    if (pass.store) process.env.TEST_STORE = pass.store;
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

function passes(paths: readonly string[]): readonly Pass[] {
  const isWanted = (file: string) =>
    paths.length === 0 || paths.some((path) => file.startsWith(path.replace(/^\.\//, '')));
  const files = globSync(['src/**/test/**/*.test.ts', 'test/**/*.test.ts'])
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/^test\/(?:bench|simulation)\//.test(file) && isWanted(file))
    .sort();
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
      store,
    })),
  ];
}

/** A test that opens a shop opens it on the one store of its run. */
function opensShop(file: string): boolean {
  return /'#test\/(?:running-)?shop'|\bstoreUnderTest\b/.test(readFileSync(file, 'utf8'));
}

function stores(): readonly string[] {
  if (onlyStore) return [onlyStore];
  return process.env.TEST_POSTGRES_URL ? ['sqlite', 'postgres'] : ['sqlite'];
}

function notCovered(): readonly string[] {
  const why = 'no server binaries on PATH; `npm run servers:install`';
  const postgres = process.env.TEST_POSTGRES_URL ? [] : [`PostgreSQL (${why})`];
  return onlyStore ? [...postgres, 'the other store (TEST_STORE)'] : postgres;
}

function summarize({ title, files }: Pass, { pass, failed }: Totals): void {
  const failures = failed.length === 0 ? '' : `, ${failed.length} FAILED`;
  console.log(`${title}: ${pass} passed${failures} (${files.length} files)`);
  for (const { name, file } of failed) console.log(`  ✖ ${name} (${file})`);
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
