import type { Meter } from '@opentelemetry/api';

import { type Metrics, secondsBounds } from '../metrics.ts';

/** The same metrics under the same names, of which the collector is told what `/metrics` shows. */
export function toldMetrics(own: Metrics, meter: Meter): Metrics {
  return {
    counter(name, help) {
      const counter = own.counter(name, help);
      const told = meter.createCounter(name, { description: help });
      return {
        of(labels = {}) {
          const series = counter.of(labels);
          return {
            add(count = 1) {
              series.add(count);
              told.add(count, labels);
            },
          };
        },
      };
    },

    histogram(name, help, bounds = secondsBounds) {
      const histogram = own.histogram(name, help, bounds);
      const advice = { explicitBucketBoundaries: [...bounds] };
      const told = meter.createHistogram(name, { description: help, advice });
      return {
        of(labels = {}) {
          const series = histogram.of(labels);
          return {
            observe(value) {
              series.observe(value);
              told.record(value, labels);
            },
          };
        },
      };
    },

    gauge(name, help, read) {
      own.gauge(name, help, read);
      meter.createObservableGauge(name, { description: help }).addCallback(async (result) => {
        const samples = await read();
        if (typeof samples === 'number') result.observe(samples);
        else for (const { labels, value } of samples) result.observe(value, labels);
      });
    },

    render: () => own.render(),
  };
}
