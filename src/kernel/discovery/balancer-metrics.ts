import type { Metrics } from '../metrics.ts';
import type { PoolSurvey } from './balancer.ts';

/** Shows how many instances each module has, and how many are left out, whenever somebody looks. */
export function showPools(metrics: Metrics, survey: () => readonly PoolSurvey[]): void {
  const gauge = (name: string, help: string, read: (one: PoolSurvey) => number) =>
    metrics.gauge(name, help, () =>
      survey().map((one) => ({ labels: { module: one.module }, value: read(one) })),
    );
  gauge('instances_known', 'Instances of a module that were found.', ({ known }) => known);
  gauge('instances_ejected', 'Instances left out because they fail.', ({ ejected }) => ejected);
  gauge('instance_ejections', 'Ejections since the start.', ({ ejections }) => ejections);
}
