import { type Backoff, fullJitter, rest } from '../events/backoff.ts';
import type { Clock } from '../ports/clock.ts';
import type { Instance } from '../ports/discovery.ts';
import type { Logger } from '../ports/logger.ts';
import { urlHost } from '../url-host.ts';
import type { Consul } from './consul-api.ts';
import { instanceField } from './consul-registration.ts';
import type { KnownInstances } from './known-instances.ts';

type WatchParts = {
  readonly consul: Consul;
  readonly known: KnownInstances;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

/** So long the agent holds a question that has no news; it adds up to a sixteenth. */
const mostWaitSeconds = 30;
const waitTimeoutMs = mostWaitSeconds * 1_000 * (1 + 1 / 16) + 5_000;

/** A service whose index moves all the time is not asked about more often than this. */
const leastAskMs = 100;

const outage: Backoff = { firstDelayMs: 250, maxDelayMs: 5_000 };

/**
 * That nobody is left must hold for so long: an agent that is being stopped says so just before it
 * goes. One that was away, and now knows nobody, gives the others time to register again first.
 */
const doubt = { confirmMs: 5_000, amnesiaMs: 30_000 };

/**
 * Follows the passing instances of a module by blocking queries, with Consul's rules for the index:
 * one that goes backwards starts anew, and so does one after an error.
 */
export async function followService(module: string, parts: WatchParts): Promise<void> {
  const { consul, known, clock, log, signal } = parts;
  const doubts = createDoubts(clock);
  let index = 0;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const path = pathOf(module, index, doubts.leftMs());
      const answer = await consul(path, { timeoutMs: waitTimeoutMs, signal });
      const instances = instancesIn(answer.body);
      index = nextIndex(index, answer.index);
      const isNews = known.of(module).length > 0 && instances.length === 0;
      if (!doubts.about(isNews, failures > 0)) known.learn(module, instances);
      failures = 0;
      await rest(leastAskMs, signal);
    } catch (error) {
      failures += 1;
      index = 0;
      if (failures === 1 && !signal.aborted) {
        log.warn({ err: error, module }, 'Consul does not answer; what it said last still counts');
      }
      await rest(fullJitter(failures, outage), signal);
    }
  }
}

/** Whether to believe that everybody has gone. */
function createDoubts(clock: Clock) {
  let until: number | undefined;
  return {
    /** How long until the doubt ends; 0 without one. */
    leftMs: () => Math.max(0, (until ?? 0) - clock.now()),
    about(allGone: boolean, wasAway: boolean): boolean {
      const now = clock.now();
      if (!allGone) until = undefined;
      else if (wasAway) until = now + doubt.amnesiaMs;
      else until ??= now + doubt.confirmMs;
      return until !== undefined && now < until;
    },
  };
}

function pathOf(module: string, index: number, doubtedMs: number): string {
  const seconds = Math.min(mostWaitSeconds, Math.ceil(doubtedMs / 1_000) || mostWaitSeconds);
  const blocking = index > 0 ? `&index=${index}&wait=${seconds}s` : '';
  return `/v1/health/service/${encodeURIComponent(module)}?passing=true${blocking}`;
}

/** Never 0 after the first answer, which would not block; and 0 again when Consul began anew. */
function nextIndex(before: number, told: number): number {
  if (told < before) return 0;
  return Math.max(1, told);
}

type Entry = {
  readonly Node?: { readonly Address?: string };
  readonly Service?: {
    readonly ID?: string;
    readonly Address?: string;
    readonly Port?: number;
    readonly Meta?: Readonly<Record<string, string>> | null;
  };
};

function instancesIn(body: unknown): Instance[] {
  if (!Array.isArray(body)) throw new Error('Consul answered no list of instances.');
  return (body as Entry[]).flatMap(({ Node, Service }) => {
    const address = Service?.Address || Node?.Address;
    if (!address || !Service?.Port) return [];
    const url = `http://${urlHost(address)}:${Service.Port}`;
    if (!URL.canParse(url)) return [];
    return [{ id: Service.Meta?.[instanceField] ?? `${Service.ID}`, url: new URL(url).origin }];
  });
}
