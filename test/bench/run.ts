// `npm run bench [-- SECTION …]`: each subject beside what a user would use instead, in one run. Only the
// ratios mean anything. Fails when one misses its budget.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  brokerLines,
  eventLine,
  type Line,
  localCallLines,
  ratioLine,
  remoteCallLines,
  shopLines,
  splitLines,
  startUpLines,
} from './lines.ts';
import { sideBySide } from './measure.ts';

type Section = (folder: string) => Promise<readonly Line[]>;

/** Each is loaded when its turn comes: a library that one of them needs would slow the others down. */
const sections: Readonly<Record<string, Section>> = {
  async start(folder) {
    const { measureStartUp } = await import('./start-up.ts');
    return startUpLines(await measureStartUp(folder));
  },
  async calls() {
    const { localCallSubjects } = await import('./local-call.ts');
    const effort = { rounds: 7, times: 1_000_000 };
    return localCallLines(await sideBySide(await localCallSubjects(), effort));
  },
  async remote() {
    const { measureRemoteCalls } = await import('./remote-calls.ts');
    return remoteCallLines(await measureRemoteCalls(5));
  },
  async events(folder) {
    const { measureEventLatency } = await import('./event-latency.ts');
    return [eventLine(await measureEventLatency(folder, 8))];
  },
  async brokers() {
    const { benchEventsOverBrokers } = await import('./events-over-brokers.ts');
    return brokerLines(await benchEventsOverBrokers());
  },
  async shop(folder) {
    const { benchShop } = await import('./shop-bench.ts');
    return shopLines(await benchShop(folder));
  },
  async reports(folder) {
    const { benchReports } = await import('./report-bench.ts');
    return [ratioLine(await benchReports(folder), 1)];
  },
  async split(folder) {
    const { measureSplitOrders } = await import('./split-order.ts');
    return splitLines(await measureSplitOrders(folder));
  },
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(sections);
const folder = mkdtempSync(join(tmpdir(), 'seamline-bench-'));
try {
  const lines: Line[] = [];
  for (const name of wanted) {
    const measure = sections[name];
    if (!measure)
      throw new Error(`No section ${name}: there are ${Object.keys(sections).join(', ')}`);
    mkdirSync(join(folder, name));
    lines.push(...(await measure(join(folder, name))));
  }
  console.table(lines);
  process.exitCode = lines.every(({ met }) => met !== 'NO') ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
