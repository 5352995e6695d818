import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What tells one series of a metric from another: few values, never an id or anything typed in. */
export type Labels = Readonly<Record<string, string>>;

export type Counter = { of(labels?: Labels): { add(count?: number): void } };
export type Histogram = { of(labels?: Labels): { observe(value: number): void } };
export type Samples = number | readonly { readonly labels: Labels; readonly value: number }[];

/** The measurements of one process, in the text format of Prometheus (version 0.0.4). */
export type Metrics = {
  /** Asking again for a name answers the same metric. */
  counter(name: string, help: string): Counter;
  histogram(name: string, help: string, bounds?: readonly number[]): Histogram;
  /** Read when somebody looks, so a gauge costs nothing in between. */
  gauge(name: string, help: string, read: () => Samples | Promise<Samples>): void;
  render(): Promise<string>;
};

/** Seconds, from a local reading to the deadline of a call. */
export const secondsBounds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** More series than this of one metric is a mistake in its labels; the rest is counted together. */
const mostSeries = 1_000;

type Metric = { readonly head: string; lines(): string[] | Promise<string[]> };

export function createMetrics(): Metrics {
  const metrics = new Map<string, Metric>();
  const known = <M extends Metric>(name: string, make: () => M): M => {
    const metric = (metrics.get(name) as M | undefined) ?? make();
    metrics.set(name, metric);
    return metric;
  };
  return {
    counter: (name, help) => known(name, () => counter(name, help)),
    histogram: (name, help, bounds = secondsBounds) =>
      known(name, () => histogram(name, help, bounds)),
    gauge(name, help, read) {
      metrics.set(name, gauge(name, help, read));
    },
    async render() {
      const parts = await Promise.all(
        [...metrics.values()].map(async (metric) => [metric.head, ...(await metric.lines())]),
      );
      return `${parts.flat().join('\n')}\n`;
    },
  };
}

/** Memory, age and stalls of this process. */
export function processMetrics(metrics: Metrics): void {
  metrics.gauge('process_resident_memory_bytes', 'Memory held.', () => process.memoryUsage.rss());
  metrics.gauge('process_cpu_seconds_total', 'Processor time used.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge('process_uptime_seconds', 'Time since the start.', () => process.uptime());
  const delays = monitorEventLoopDelay({ resolution: 20 });
  delays.enable();
  metrics.gauge(
    'nodejs_eventloop_delay_p99_seconds',
    'How late timers were since the last reading, 99th percentile.',
    () => {
      const seconds = delays.percentile(99) / 1e9;
      delays.reset();
      return seconds;
    },
  );
}

function counter(name: string, help: string): Counter & Metric {
  const series = createSeries(() => {
    let total = 0;
    return {
      add: (count = 1) => {
        total += count;
      },
      lines: (labels: string) => [`${name}${braced(labels)} ${total}`],
    };
  });
  return { head: headOf(name, help, 'counter'), of: series.of, lines: series.lines };
}

function histogram(name: string, help: string, bounds: readonly number[]): Histogram & Metric {
  const series = createSeries(() => {
    const counts = new Array<number>(bounds.length).fill(0);
    let sum = 0;
    let count = 0;
    return {
      observe: (value: number) => {
        sum += value;
        count += 1;
        const at = bounds.findIndex((bound) => value <= bound);
        if (at !== -1) counts[at]! += 1;
      },
      lines: (labels: string) => {
        let below = 0;
        const buckets = bounds.map((bound, at) => {
          below += counts[at]!;
          return `${name}_bucket${braced(labels, `le="${bound}"`)} ${below}`;
        });
        return [
          ...buckets,
          `${name}_bucket${braced(labels, 'le="+Inf"')} ${count}`,
          `${name}_sum${braced(labels)} ${sum}`,
          `${name}_count${braced(labels)} ${count}`,
        ];
      },
    };
  });
  return { head: headOf(name, help, 'histogram'), of: series.of, lines: series.lines };
}

function gauge(name: string, help: string, read: () => Samples | Promise<Samples>): Metric {
  return {
    head: headOf(name, help, 'gauge'),
    async lines() {
      const samples = await read();
      if (typeof samples === 'number') return [`${name} ${samples}`];
      return samples.map(({ labels, value }) => `${name}${braced(labelText(labels))} ${value}`);
    },
  };
}

/** The series of one metric by their labels. */
function createSeries<S extends { lines(labels: string): string[] }>(make: () => S) {
  const all = new Map<string, S>();
  return {
    of(labels: Labels = {}): S {
      const text = labelText(labels);
      const key = all.has(text) || all.size < mostSeries ? text : 'series="other"';
      const known = all.get(key);
      if (known) return known;
      const made = make();
      all.set(key, made);
      return made;
    },
    lines: () => [...all].flatMap(([labels, one]) => one.lines(labels)),
  };
}

function headOf(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${escaped(value)}"`)
    .join(',');
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function braced(...labels: readonly string[]): string {
  const all = labels.filter(Boolean);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}
