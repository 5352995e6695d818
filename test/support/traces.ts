import type { OtlpReceiver, ReceivedSpan } from './otlp-receiver.ts';
import { until } from './until.ts';

/**
 * The spans of a trace, once those that are named have come, and all of their parents. A call between
 * hosts has two of one name, which come apart: name the one that you want, `server users.getUserProfile`.
 */
export function wholeTrace(
  collector: Pick<OtlpReceiver, 'spans'>,
  traceId: string,
  names: readonly string[],
): Promise<readonly ReceivedSpan[]> {
  const whole = () => {
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const roots = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
    const has = (name: string) =>
      spans.some((span) => [span.name, `${span.kind} ${span.name}`].includes(name));
    return names.every(has) && roots.length === 1 && roots[0]?.parentSpanId === '' && spans;
  };
  return until(whole, { what: `all of the trace ${traceId}`, timeoutMs: 30_000 });
}

export function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`There is no span ${name}.`);
  return found;
}

/** The spans around a span, from the first of the trace to itself. */
export function around(spans: readonly ReceivedSpan[], inner: ReceivedSpan): ReceivedSpan[] {
  const outer = spans.find(({ spanId }) => spanId === inner.parentSpanId);
  return outer ? [...around(spans, outer), inner] : [inner];
}

/** Their names. */
export function wayTo(spans: readonly ReceivedSpan[], name: string): readonly string[] {
  return around(spans, named(spans, name)).map((span) => span.name);
}
