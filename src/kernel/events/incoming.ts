import type { CloudEvent } from '../ports/event-transport.ts';
import { envelopeProblem, placeOfMalformed } from './cloud-event.ts';
import type { Arrival } from './inbox-rows.ts';

/** An event on its way in, as its own text. */
export type Incoming = Arrival & { readonly type: string };

/** By lane and sequence, so that two batches never wait for one another. */
export function incomingOf(source: string, batch: readonly CloudEvent[]): readonly Incoming[] {
  return batch.map((event) => toIncoming(source, event)).sort(byPlace);
}

function toIncoming(source: string, event: CloudEvent): Incoming {
  const text = JSON.stringify(event) ?? 'null';
  const problem = envelopeProblem(event, source);
  if (problem) {
    const place = placeOfMalformed(text);
    const why = JSON.stringify(problem);
    return { source, ...place, type: '', event: text, state: 'parked', problem: why };
  }
  const { subject, sequence, id, type } = event;
  return { source, subject, sequence, id, type, event: text, state: 'waiting', problem: null };
}

function byPlace(a: Arrival, b: Arrival): number {
  if (a.subject !== b.subject) return a.subject < b.subject ? -1 : 1;
  return a.sequence - b.sequence;
}
