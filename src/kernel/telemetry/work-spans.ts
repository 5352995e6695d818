import type { IncomingMessage } from 'node:http';

import { parseTraceparent } from '../calls/context.ts';
import { traceOf } from '../events/cloud-event.ts';
import type { TraceContext } from '../ports/call-context.ts';
import type { CloudEvent } from '../ports/event-transport.ts';
import type { Span, Telemetry } from '../ports/telemetry.ts';

/**
 * A request from outside, which begins a trace. Whatever trace it names itself is not continued, only
 * linked to: anybody could name anybody's.
 */
export function beginRequest(
  telemetry: Telemetry,
  { method = '', headers: { traceparent } }: IncomingMessage,
): Span | undefined {
  const outside = typeof traceparent === 'string' ? parseTraceparent(traceparent) : undefined;
  const facts = { 'http.request.method': method };
  return telemetry.begin({ kind: 'server', name: method, facts }, undefined, outside);
}

/** `route` is `GET /api/products/:productId`, or empty where none was found. */
export function endRequest(span: Span, route: string, status: number): void {
  if (route !== '') {
    span.rename(route);
    span.add({ 'http.route': route.slice(route.indexOf(' ') + 1) });
  }
  span.add({ 'http.response.status_code': status });
  if (status >= 500) span.fail(`${status}`);
  span.end();
}

/** The events of a batch on their way, each in the trace of the change that it tells of. */
export function beginPublishing(
  telemetry: Telemetry,
  transport: string,
  events: readonly { readonly event: CloudEvent }[],
): readonly Span[] {
  return events.flatMap(({ event }) => {
    const facts = messageFacts('publish', event, { 'messaging.system': transport });
    const start = { kind: 'producer', name: `publish ${event.type}`, facts } as const;
    return telemetry.begin(start, traceOf(event)) ?? [];
  });
}

/** What a module makes of an event: part of the trace of the change, which it is linked to as well. */
export function beginHandling(
  telemetry: Telemetry,
  module: string,
  event: CloudEvent,
): Span | undefined {
  const facts = messageFacts('process', event, { 'messaging.consumer.group.name': module });
  const change = traceOf(event);
  const start = { kind: 'consumer', name: `process ${event.type}`, facts } as const;
  return telemetry.begin(start, change, change);
}

function messageFacts(operation: string, { id, source }: CloudEvent, more: Record<string, string>) {
  return {
    'messaging.operation.name': operation,
    'messaging.destination.name': source,
    'messaging.message.id': id,
    ...more,
  };
}

type Step = {
  readonly name: string;
  readonly id: string;
  readonly step: string;
  readonly undo: object | null;
  readonly attempts: number;
  readonly trace: TraceContext;
};

/** One try of a saga's step, or of the undoing of one. */
export function beginStep(telemetry: Telemetry, module: string, saga: Step): Span | undefined {
  const { name, step, undo, attempts } = saga;
  const facts = {
    'seamline.module': module,
    'seamline.saga': name,
    'seamline.saga.id': saga.id,
    'seamline.saga.step': step,
    'seamline.saga.attempt': attempts,
  };
  const work = undo ? `${name} undo ${step}` : `${name} ${step}`;
  return telemetry.begin({ kind: 'internal', name: work, facts }, saga.trace);
}

/** Work that comes round, which begins a trace each time. */
export function beginTask(telemetry: Telemetry, module: string, task: string): Span | undefined {
  const facts = { 'seamline.module': module, 'seamline.task': task };
  return telemetry.begin({ kind: 'internal', name: `${module} ${task}`, facts }, undefined);
}
