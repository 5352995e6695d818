import { parseTraceparent, traceparent } from '../calls/context.ts';
import type { NewEvent } from '../contract.ts';
import { digest } from '../digest.ts';
import type { TraceContext } from '../ports/call-context.ts';
import type { CloudEvent } from '../ports/event-transport.ts';
import type { Problem } from '../ports/operator.ts';

type Place = {
  readonly id: string;
  readonly sequence: number;
  readonly time: string;
  readonly trace: TraceContext;
};

export function toCloudEvent(
  { contract, name, subject, data }: NewEvent,
  place: Place,
): CloudEvent {
  return {
    specversion: '1.0',
    id: place.id,
    source: contract,
    type: `${contract}.${name}`,
    subject,
    sequence: place.sequence,
    time: place.time,
    datacontenttype: 'application/json',
    traceparent: traceparent(place.trace),
    data,
  };
}

/** The trace that the event continues; one derived from its id when the event carries none. */
export function traceOf({ id, traceparent: header }: CloudEvent): TraceContext {
  const given = typeof header === 'string' ? parseTraceparent(header) : undefined;
  if (given) return given;
  const made = digest(id);
  return { traceId: made.slice(0, 32), spanId: made.slice(0, 16), sampled: false };
}

/** Longer than any id of ours; a bound for what a broker may hand in. */
const maxLength = 500;

/**
 * Why the envelope can't be placed in a lane of `source`, or undefined when it can. An outbox never
 * writes such an envelope: it comes from a foreign or broken publisher.
 */
export function envelopeProblem(value: unknown, source: string): Problem | undefined {
  if (typeof value !== 'object' || value === null) return malformed('It is not an object.');
  const event = value as Partial<Record<keyof CloudEvent, unknown>>;
  if (event.specversion !== '1.0') return malformed('specversion is not 1.0.');
  if (event.source !== source) return malformed(`It did not come from ${source}.`);
  if (!isText(event.type) || !event.type.startsWith(`${source}.`)) {
    return malformed(`Its type is not one of ${source}.`);
  }
  if (!isText(event.id)) return malformed('It has no id.');
  if (!isText(event.subject)) return malformed('It has no subject.');
  if (!Number.isSafeInteger(event.sequence) || (event.sequence as number) < 1) {
    return malformed('Its sequence is not a whole number from 1 on.');
  }
  if (!isText(event.time)) return malformed('It has no time.');
  return undefined;
}

/** Where an envelope without a usable place is kept: in a lane of its own, the same for each copy. */
export function placeOfMalformed(text: string): { id: string; subject: string; sequence: number } {
  const name = `${malformedPrefix}${digest(text)}`;
  return { id: name, subject: name, sequence: 1 };
}

/** The problem of what stands in such a place. */
export function malformedProblem(value: unknown, source: string): Problem {
  return envelopeProblem(value, source) ?? malformed('It came in a lane of its own.');
}

export function isMalformedPlace(subject: string): boolean {
  return subject.startsWith(malformedPrefix);
}

const malformedPrefix = 'malformed:';

function malformed(details: string): Problem {
  return { code: 'malformed_event', title: 'This is no event that can be placed.', details };
}

function isText(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= maxLength && !value.includes('\0')
  );
}
