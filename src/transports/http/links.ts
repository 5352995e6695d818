import type { Instance } from '#kernel/ports/discovery';
import type { Logger } from '#kernel/ports/logger';

import { restAfter } from './backoff.ts';
import type { HttpLimits } from './limits.ts';
import type { Link, OpenLink } from './link.ts';
import { NotSent, Resting } from './refusals.ts';

type Entry = {
  link: Link | undefined;
  opening: Promise<Link> | undefined;
  failures: number;
  /** By `performance.now()`. */
  failedAt: number;
  notBefore: number;
  problem: string;
};

/** The links of this host: one for each module and instance. */
export type Links = {
  /** The one that takes one thing more now, if there is one. */
  ready(module: string, instance: Instance): Link | undefined;
  /**
   * Opens one. Throws `NotSent`; `Resting` after a failure, for a while that grows with them, or for a
   * moment when it is the `last` that is left: it may have come back since.
   */
  open(module: string, instance: Instance, isLast?: boolean): Promise<Link>;
  close(): void;
};

type Options = { readonly limits: HttpLimits; readonly log: Logger };

/** Instances of one module; those that went away are forgotten when there are so many. */
const mostEntries = 1000;

export function createLinks(openLink: OpenLink, { limits, log }: Options): Links {
  const modules = new Map<string, Map<string, Entry>>();
  const outages = watchOutages(log);
  let isClosed = false;

  async function tryToOpen(module: string, instance: Instance, entry: Entry): Promise<Link> {
    let link: Link | undefined;
    // By then another one may have taken its place.
    const gone = () => {
      if (entry.link === link) entry.link = undefined;
    };
    try {
      link = await openLink(module, instance, gone);
      if (isClosed) link.close('this host is closing');
      entry.failures = 0;
      entry.link = link;
      outages.over(instance);
      return link;
    } catch (error) {
      entry.failures += 1;
      entry.failedAt = performance.now();
      entry.notBefore = entry.failedAt + restAfter(entry.failures, limits);
      entry.problem = `${instance.url}: ${(error as Error).message}`;
      outages.saw(instance, error as Error);
      throw new NotSent(entry.problem);
    } finally {
      entry.opening = undefined;
    }
  }

  return {
    ready(module, { id }) {
      const link = modules.get(module)?.get(id)?.link;
      return link?.isReady ? link : undefined;
    },

    async open(module, instance, isLast = false) {
      if (isClosed) throw new NotSent('this host is closing');
      const entry = entryOf(modules, module, instance);
      if (entry.link?.isOpen) return entry.link;
      const rests = isLast ? entry.failedAt + limits.firstBackoffMs : entry.notBefore;
      const until = Math.min(rests, entry.notBefore);
      if (!entry.opening && performance.now() < until) throw new Resting(entry.problem);
      entry.opening ??= tryToOpen(module, instance, entry);
      return entry.opening;
    },

    close() {
      isClosed = true;
      const entries = [...modules.values()].flatMap((ofModule) => [...ofModule.values()]);
      for (const { link } of entries) link?.close('this host is closing');
    },
  };
}

function entryOf(modules: Map<string, Map<string, Entry>>, module: string, { id }: Instance) {
  const entries = modules.get(module) ?? new Map<string, Entry>();
  modules.set(module, entries);
  const known = entries.get(id);
  if (known) return known;
  if (entries.size >= mostEntries) {
    for (const [old, { link, opening }] of entries) if (!link && !opening) entries.delete(old);
  }
  const entry: Entry = {
    link: undefined,
    opening: undefined,
    failures: 0,
    failedAt: 0,
    notBefore: 0,
    problem: '',
  };
  entries.set(id, entry);
  return entry;
}

/** What is told of one outage: an instance that fails in many ways is told of in so many. */
const mostReasons = 5;

/** Tells once of each reason why an instance can't be reached, and once that it can be again. */
function watchOutages(log: Logger) {
  const reasons = new Map<string, Set<string>>();
  return {
    saw({ url }: Instance, error: Error): void {
      const told = reasons.get(url) ?? new Set();
      if (reasons.size >= mostEntries) reasons.clear();
      reasons.set(url, told);
      if (told.has(error.message) || told.size >= mostReasons) {
        log.debug({ err: error, instance: url }, 'an instance still can not be reached');
        return;
      }
      told.add(error.message);
      log.warn({ instance: url, why: error.message }, 'an instance can not be reached');
    },

    over({ url }: Instance): void {
      if (reasons.delete(url)) log.info({ instance: url }, 'an instance is reached again');
    },
  };
}
