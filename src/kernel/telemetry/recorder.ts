import {
  isSpanContextValid,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';

import { Failure, type FailureKind } from '../failure.ts';
import type { TraceContext } from '../ports/call-context.ts';
import type { Span, SpanFacts, Telemetry } from '../ports/telemetry.ts';

type Options = {
  readonly tracer: Tracer | undefined;
  /** Whether the sampler never chooses what lies inside of something that was not chosen. */
  readonly followsParent: boolean;
};

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Records spans by the SDK, which decides about each trace where it begins. */
export function createRecorder({ tracer, followsParent }: Options): Telemetry {
  if (!tracer) return { begin: () => undefined };
  return {
    begin({ kind, name, facts }, parent, linked) {
      // Most traces are not chosen, and cost no more than this question.
      if (parent && !parent.sampled && followsParent) return undefined;
      const span = tracer.startSpan(
        name,
        { kind: kinds[kind], attributes: facts, links: linksTo(linked) },
        parent ? trace.setSpanContext(ROOT_CONTEXT, toSpanContext(parent)) : ROOT_CONTEXT,
      );
      return span.isRecording() ? new RecordedSpan(span) : undefined;
    },
  };
}

/** Nobody answered: unlike any other declared failure, this is trouble. */
const unanswered: readonly FailureKind[] = ['unavailable', 'too_slow'];

class RecordedSpan implements Span {
  readonly trace: TraceContext;
  readonly #span: OtelSpan;

  constructor(span: OtelSpan) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.trace = { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
    this.#span = span;
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  add(facts: SpanFacts): void {
    this.#span.setAttributes(facts);
  }

  fail(type: string): void {
    // Without a message: what an error says may quote what nobody else should read.
    this.#span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
  }

  end(error?: unknown): void {
    if (error instanceof Failure) {
      const { contract, code, kind } = error;
      this.add({ 'seamline.failure.contract': contract, 'seamline.failure.code': code });
      if (unanswered.includes(kind)) this.fail(code);
    } else if (error !== undefined) {
      this.fail(error instanceof Error ? error.name : 'Error');
    }
    this.#span.end();
  }
}

function linksTo(linked: TraceContext | undefined) {
  if (!linked) return [];
  const context = { ...toSpanContext(linked), isRemote: true };
  return isSpanContextValid(context) ? [{ context }] : [];
}

function toSpanContext({ traceId, spanId, sampled }: TraceContext): SpanContext {
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
}
