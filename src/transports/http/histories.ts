import type {
  CloudEvent,
  EventHistories,
  EventHistory,
  HearersOf,
} from '#kernel/ports/event-transport';
import type { Peer } from '#kernel/ports/trust';

import { type AskGround, askAnywhere } from './asks.ts';
import type { HttpLimits } from './limits.ts';
import type { Links } from './links.ts';
import { notHeard } from './refusals.ts';
import type { AskHandler } from './served.ts';

type Options = AskGround & { readonly hearersOf: HearersOf };

type After = Awaited<ReturnType<EventHistory['after']>>;

type Question = {
  readonly source: string;
  readonly limit: number;
} & ({ readonly subject: string; readonly from: number } | { readonly position: number });

/** Histories of sources in this host are read here; those of others are asked for. */
export function httpHistories(
  options: Options,
  links: Links,
  asks: Map<string, AskHandler>,
): EventHistories {
  const served = new Map<string, EventHistory>();
  asks.set('history', (peer, body) => answer(options, served, peer, body as Question));
  const ask = (question: Question) =>
    askAnywhere(options, links, question.source, 'history', JSON.stringify(question));
  return {
    serveHistory: (source, history) => void served.set(source, history),

    history: (source) =>
      served.get(source) ?? {
        ofSubject: async (subject, from, limit) =>
          (await ask({ source, subject, from, limit })) as readonly CloudEvent[],
        after: async (position, limit) => (await ask({ source, position, limit })) as After,
      },
  };
}

/** Only a host that hears a source may read what it has said. */
async function answer(
  { hearersOf, ground, limits }: Options,
  served: ReadonlyMap<string, EventHistory>,
  peer: Peer,
  question: Question,
): Promise<unknown> {
  const { source } = question;
  const history = served.get(source);
  if (!history) throw ground.unavailable(`${source}: history`, 'nobody here serves it');
  if (!hearersOf(source).some((hearer) => peer.modules.has(hearer))) {
    ground.audit(peer.host, { audit: 'not_a_hearer', host: peer.host, source });
    throw ground.fromWire(notHeard(source));
  }
  return bounded(history, question, limits);
}

/** A limit below one would be none at all, to some stores. */
function pageOf({ limit }: Question, most: number): number {
  return Math.max(1, Math.min(Math.floor(Number(limit)) || 1, most));
}

/** A page of events, with fewer of them where many would not fit. */
async function bounded(
  history: EventHistory,
  question: Question,
  { historyPage, payloadBytes }: HttpLimits,
): Promise<unknown> {
  for (let limit = pageOf(question, historyPage); ; limit = limit >> 1) {
    const page =
      'subject' in question
        ? await history.ofSubject(String(question.subject), Number(question.from) || 1, limit)
        : await history.after(Number(question.position) || 0, limit);
    if (limit <= 1 || Buffer.byteLength(JSON.stringify(page)) <= payloadBytes) return page;
  }
}
