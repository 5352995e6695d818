import type { TraceContext } from './call-context.ts';

/**
 * What is told of a span: names and numbers, under OpenTelemetry's conventional names where there are
 * any. Never what was said (a body, a token, an address of a person).
 */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;

/** Work to be recorded. Made once, at start, for work of which there is much. */
export type SpanStart = {
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** One of few: `orders.placeOrder`. What tells two of them apart is a fact. */
  readonly name: string;
  readonly facts: SpanFacts;
};

/** Work that is being recorded. One that is never ended is never shown. */
export type Span = {
  /** What the calls, events and sagas of this work continue. */
  readonly trace: TraceContext;
  rename(name: string): void;
  /** Adds what is known only now. */
  add(facts: SpanFacts): void;
  /** Marks the work as broken, by the name of what went wrong. */
  fail(type: string): void;
  /**
   * Ends it, once. Of an error its code or name is told: a declared failure is an answer like any
   * other, unless nobody answered (`unavailable`, `too_slow`); anything else marks the span as broken.
   */
  end(error?: unknown): void;
};

/** Records what happens, as spans of traces. Where nothing is recorded there is no `Telemetry`. */
export type Telemetry = {
  /**
   * Begins a span inside of `parent`; without, a trace. Answers undefined when the trace was not
   * chosen to be recorded: whatever is inside then continues `parent`. `linked` is a trace that has
   * to do with it and that it does not continue.
   */
  begin(
    start: SpanStart,
    parent: TraceContext | undefined,
    linked?: TraceContext,
  ): Span | undefined;
};
