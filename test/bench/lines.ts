import type { measureEventLatency } from './event-latency.ts';
import type { benchEventsOverBrokers } from './events-over-brokers.ts';
import { type Measured, median } from './measure.ts';
import type { RemoteMeasured } from './remote-calls.ts';
import type { benchShop } from './shop-bench.ts';
import type { OrderCost } from './split-order.ts';
import type { measureStartUp } from './start-up.ts';

/** One line of the table: what was measured, what it is held against, and whether that holds. */
export type Line = {
  readonly subject: string;
  readonly measured: string;
  readonly against: string;
  readonly budget: string;
  readonly met: string;
};

export function startUpLines({
  firstMs,
  againMs,
  restingMb,
}: Awaited<ReturnType<typeof measureStartUp>>) {
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

export function localCallLines(measured: readonly Measured[]): Line[] {
  return [ratioLine(measured, 1, 2), ratioLine(measured, 2, 0.5)];
}

/** What a remote call must reach, by how many are in flight at once. */
const remoteBudgets = [
  { inFlight: 1, ofMoleculer: 0.9 },
  { inFlight: 32, ofMoleculer: 1.2 },
  { inFlight: 256, ofMoleculer: 2.5 },
];

export function remoteCallLines(measured: readonly RemoteMeasured[]): Line[] {
  return remoteBudgets.flatMap(({ inFlight, ofMoleculer }) => {
    const of = (way: string) =>
      measured.find((one) => one.way === way && one.inFlight === inFlight) as RemoteMeasured;
    const stream = of('stream');
    return [
      remoteRatio(stream, of('moleculerTcp'), ofMoleculer),
      remoteRatio(of('request'), of('expressUndici'), 1.5),
      remoteCpu(stream, of('framedSocket'), 1.6),
    ];
  });
}

function remoteRatio(ours: RemoteMeasured, theirs: RemoteMeasured, budget: number): Line {
  const ratio = ours.perSecond / theirs.perSecond;
  const subject = `remote calls, ${ours.inFlight} in flight, ${ours.way} / ${theirs.way}`;
  const against = [ours, theirs].map((one) => `${perSecond(one.perSecond)}/s`).join(' / ');
  return line(subject, `${ratio.toFixed(2)} x`, against, `at least ${budget} x`, ratio >= budget);
}

function remoteCpu(ours: RemoteMeasured, theirs: RemoteMeasured, budget: number): Line {
  const ratio = ours.serverCpuUs / theirs.serverCpuUs;
  const subject = `server CPU a call, ${ours.inFlight} in flight, ${ours.way} / ${theirs.way}`;
  const against = [ours, theirs]
    .map(({ serverCpuUs }) => `${serverCpuUs.toFixed(1)} µs`)
    .join(' / ');
  return line(subject, `${ratio.toFixed(2)} x`, against, `at most ${budget} x`, ratio <= budget);
}

export function shopLines({
  product,
  order,
  pictures,
}: Awaited<ReturnType<typeof benchShop>>): Line[] {
  return [
    ratioLine(product, 1, 0.7),
    ratioLine(order, 1, 0.4),
    ratioLine(pictures.made, 1),
    ratioLine(pictures.kept, 1),
  ];
}

export function splitLines([one, nine]: readonly OrderCost[]): Line[] {
  if (!one || !nine) throw new Error('Both were to be measured.');
  const told = (subject: string, unit: string, pick: (cost: OrderCost) => number) => {
    const against = `${pick(nine).toFixed(1)} ${unit} / ${pick(one).toFixed(1)} ${unit}`;
    return line(subject, `${(pick(nine) / pick(one)).toFixed(2)} x`, against, 'none', true);
  };
  return [
    told('an order, split nine ways / one process, latency p50', 'ms', ({ p50Ms }) => p50Ms),
    told('an order, split nine ways / one process, processor', 'ms', ({ cpuMs }) => cpuMs),
  ];
}

export function eventLine({
  events,
  p50,
  p99,
}: Awaited<ReturnType<typeof measureEventLatency>>): Line {
  const measured = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  const against = `${events} events at 500/s`;
  return line('event, commit to commit', measured, against, 'p50 at most 5 ms', p50 <= 5);
}

/** Events over each broker, outbox to inbox, beside a hand-written twin. */
export function brokerLines(measured: Awaited<ReturnType<typeof benchEventsOverBrokers>>): Line[] {
  return measured.flatMap(({ broker, atLeast, ours, twin, idle }) => {
    const ratio = ours.perSecond / twin.perSecond;
    const single = idle.oursMs / idle.signedTwinMs;
    const unsigned = (idle.oursMs / idle.twinMs).toFixed(2);
    const [oursMs, signedTwinMs, twinMs] = [idle.oursMs, idle.signedTwinMs, idle.twinMs].map((ms) =>
      ms.toFixed(2),
    );
    const rates = [ours, twin].map(
      (path) => `${perSecond(path.perSecond)}/s ${path.cpuMicrosPerEvent.toFixed(0)} µs`,
    );
    return [
      line(
        `events over ${broker}, outbox to inbox / twin`,
        `${ratio.toFixed(2)} x`,
        rates.join(' / '),
        `at least ${atLeast} x`,
        ratio >= atLeast,
      ),
      line(
        `one event over an idle ${broker} / twin that signs`,
        `${single.toFixed(2)} x`,
        `p50 ${oursMs} / ${signedTwinMs} ms; unsigned ${twinMs} ms, ${unsigned} x`,
        'at most 1 x',
        single <= 1,
      ),
    ];
  });
}

/** The first of the measured against the one at `index`; without a budget it is only told. */
export function ratioLine(measured: readonly Measured[], index: number, budget?: number): Line {
  const [ours, theirs] = [measured[0] as Measured, measured[index] as Measured];
  const ratio = ours.perSecond / theirs.perSecond;
  return line(
    `${ours.name} / ${theirs.name}`,
    `${ratio.toFixed(2)} x`,
    `${rate(ours)} / ${rate(theirs)}`,
    budget === undefined ? 'none' : `at least ${budget} x`,
    budget === undefined || ratio >= budget,
  );
}

function rate({ perSecond: measured, spreadPercent }: Measured): string {
  return `${perSecond(measured)}/s ±${spreadPercent.toFixed(0)}%`;
}

function perSecond(measured: number): string {
  return Number(measured.toPrecision(3)).toLocaleString('en');
}

function line(subject: string, measured: string, against: string, budget: string, met: boolean) {
  return { subject, measured, against, budget, met: met ? 'yes' : 'NO' };
}

function ms(value: number | undefined): string {
  return `${Math.round(value ?? Number.NaN)} ms`;
}
