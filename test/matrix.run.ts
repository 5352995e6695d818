// `npm run test:matrix [-- --topology T --events E --store S --calls stream|request]`: every journey in
// every topology, over every carrier of events, on every store, with every call from module to module
// made twice; or those combinations that the flags name. Prints a table, and fails on any difference.
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { runFiles, type Totals } from './run-files.ts';
import { serversNotCovered, startServers } from './servers.ts';

type Cell = { readonly topology: string; readonly events: string; readonly store: string };

const topologies = ['monolith', 'payments-apart', 'every-module-apart'];
const carriers = ['http', 'redis', 'rabbitmq'];
const stores = ['sqlite', 'postgres'];

const text = { type: 'string', multiple: true } as const;
const calls = { ...text, default: ['stream'] };
const { values } = parseArgs({ options: { topology: text, events: text, store: text, calls } });
const [mode = 'stream'] = wanted('calls', ['stream', 'request']);
const files = globSync('test/journeys/*.test.ts').sort();

const servers = await startServers();
const missing = serversNotCovered();
if (missing.length > 0) throw new Error(`Not here: ${missing.join(', ')}`);
const rows: object[] = [];
let isGreen = true;
for (const cell of cells()) {
  const startedAt = performance.now();
  console.log(`\n── ${cell.topology} × ${cell.events} × ${cell.store} ──`);
  const totals = await journeysIn(cell);
  isGreen &&= totals.failed.length === 0 && totals.pass > 0;
  rows.push({
    ...cell,
    passed: totals.pass,
    failed: totals.failed.length,
    seconds: Math.round((performance.now() - startedAt) / 1000),
  });
  console.log(`${totals.pass} passed, ${totals.failed.length} failed`);
  for (const { name, file } of totals.failed) console.log(`  ✖ ${name} (${file})`);
}
console.table(rows);
await servers.stop();
process.exitCode = isGreen ? 0 : 1;

function cells(): readonly Cell[] {
  return wanted('topology', topologies).flatMap((topology) =>
    wanted('events', carriers).flatMap((events) =>
      wanted('store', stores).map((store) => ({ topology, events, store })),
    ),
  );
}

function wanted(flag: keyof typeof values, all: readonly string[]): readonly string[] {
  const named = values[flag] ?? all;
  const unknown = named.find((name) => !all.includes(name));
  if (unknown) throw new Error(`--${flag} ${unknown}: there are ${all.join(', ')}`);
  return named;
}

/** In one process nothing has to go over http: there it is the same as in-process. */
async function journeysIn({ topology, events, store }: Cell): Promise<Totals> {
  Object.assign(process.env, {
    TEST_TOPOLOGY: `deploy/topologies/${topology}.json`,
    TEST_CALLS: mode,
    TEST_BUS: events,
    TEST_STORE: store,
  });
  return await runFiles(files);
}
