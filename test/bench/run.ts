import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { measureEventLatency } from './event-latency.ts';
import { localCallSubjects } from './local-call.ts';
import { type Measured, median, sideBySide } from './measure.ts';
import { benchShop } from './shop-bench.ts';
import { measureStartUp } from './start-up.ts';

/** One line of the table: what was measured, what it is held against, and whether that holds. */
type Line = { subject: string; measured: string; against: string; budget: string; met: string };

const folder = mkdtempSync(join(tmpdir(), 'seamline-bench-'));
try {
  const lines = [
    ...startUpLines(await measureStartUp(folder)),
    ...localCallLines(await sideBySide(await localCallSubjects(), { rounds: 7, times: 200_000 })),
    eventLine(await measureEventLatency(subfolder('events'), 8)),
    ...shopLines(await benchShop(folder)),
  ];
  console.table(lines);
  process.exitCode = lines.every(({ met }) => met !== 'NO') ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

function startUpLines({ firstMs, againMs, restingMb }: Awaited<ReturnType<typeof measureStartUp>>) {
  const sorted = againMs.toSorted((a, b) => a - b);
  const again = median(sorted);
  const range = `${ms(sorted[0])} to ${ms(sorted.at(-1))}`;
  return [
    line(
      'start to first answer, nothing there',
      ms(firstMs),
      '',
      'at most 3000 ms',
      firstMs <= 3000,
    ),
    line('start to first answer, again', ms(again), range, 'at most 1000 ms', again <= 1000),
    line(
      'memory at rest',
      restingMb === undefined ? 'not known here' : `${restingMb.toFixed(0)} MB`,
      '',
      'at most 160 MB',
      restingMb === undefined || restingMb <= 160,
    ),
  ];
}

function localCallLines(measured: readonly Measured[]): Line[] {
  return [ratioLine(measured, 1, 2), ratioLine(measured, 2, 0.5)];
}

function shopLines({ product, order }: Awaited<ReturnType<typeof benchShop>>): Line[] {
  return [ratioLine(product, 1, 0.7), ratioLine(order, 1, 0.4)];
}

function eventLine({ events, p50, p99 }: Awaited<ReturnType<typeof measureEventLatency>>): Line {
  const measured = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  const against = `${events} events at 500/s`;
  return line('event, commit to commit', measured, against, 'p50 at most 5 ms', p50 <= 5);
}

/** The first of the measured against the one at `index`. */
function ratioLine(measured: readonly Measured[], index: number, budget: number): Line {
  const [ours, theirs] = [measured[0] as Measured, measured[index] as Measured];
  const ratio = ours.perSecond / theirs.perSecond;
  return line(
    `${ours.name} / ${theirs.name}`,
    `${ratio.toFixed(2)} x`,
    `${rate(ours)} / ${rate(theirs)}`,
    `at least ${budget} x`,
    ratio >= budget,
  );
}

function rate({ perSecond, spreadPercent }: Measured): string {
  const rounded = Number(perSecond.toPrecision(3)).toLocaleString('en');
  return `${rounded}/s ±${spreadPercent.toFixed(0)}%`;
}

function line(subject: string, measured: string, against: string, budget: string, met: boolean) {
  return { subject, measured, against, budget, met: met ? 'yes' : 'NO' };
}

function ms(value: number | undefined): string {
  return `${Math.round(value ?? Number.NaN)} ms`;
}

function subfolder(name: string): string {
  const made = join(folder, name);
  mkdirSync(made);
  return made;
}
