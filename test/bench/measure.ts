/** One of the things compared: `run` does its work `times` times. */
export type Subject = { readonly name: string; run(times: number): Promise<void> | void };

/** Operations a second: the median of the rounds, and how far the rounds spread around it. */
export type Measured = {
  readonly name: string;
  readonly perSecond: number;
  /** Half the distance between the fastest and the slowest round, in percent of the median. */
  readonly spreadPercent: number;
};

type Effort = { readonly rounds: number; readonly times: number };

/**
 * Measures the subjects side by side: every round runs each of them once, in turn, so that whatever
 * else the machine does slows all of them alike. Only ratios between them mean anything.
 */
export async function sideBySide(
  subjects: readonly Subject[],
  { rounds, times }: Effort,
): Promise<readonly Measured[]> {
  const rates = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, run } of subjects) {
      const began = performance.now();
      await run(times);
      const rate = (times * 1000) / (performance.now() - began);
      // The first round warms up.
      if (round > 0) rates.get(name)?.push(rate);
    }
  }
  return [...rates].map(([name, all]) => ({ name, ...summary(all) }));
}

export function summary(all: readonly number[]): Omit<Measured, 'name'> {
  const sorted = all.toSorted((a, b) => a - b);
  const perSecond = median(sorted);
  const [slowest = perSecond, fastest = perSecond] = [sorted[0], sorted.at(-1)];
  return { perSecond, spreadPercent: ((fastest - slowest) / 2 / perSecond) * 100 };
}

export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (
    sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
  );
}
