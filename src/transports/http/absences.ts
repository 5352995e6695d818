import { restAfter } from './backoff.ts';
import type { HttpLimits } from './limits.ts';

/** Who has failed is waited for no longer than this before the others go on. */
const patienceMs = 250;

type Absence = {
  failures: number;
  /** By `performance.now()`. */
  notBefore: number;
  problem: Error;
  isAsked: boolean;
};

/** Who could not be delivered to, so that nobody else waits for them. */
export type Absences = {
  /**
   * Runs `deliver`; after a failure not before a rest, by one at a time, and with little patience:
   * what takes longer goes on, and tells whether `who` is back. Throws what it or an earlier one threw.
   */
  unlessAbsent(who: string, deliver: () => Promise<void>): Promise<void>;
};

export function createAbsences(limits: HttpLimits): Absences {
  const absences = new Map<string, Absence>();

  function failed(who: string, problem: Error): void {
    const failures = (absences.get(who)?.failures ?? 0) + 1;
    const notBefore = performance.now() + restAfter(failures, limits);
    absences.set(who, { failures, notBefore, problem, isAsked: false });
  }

  async function tell(who: string, delivered: Promise<void>): Promise<void> {
    try {
      await delivered;
      absences.delete(who);
    } catch (error) {
      failed(who, error as Error);
      throw error;
    }
  }

  return {
    async unlessAbsent(who, deliver) {
      const absence = absences.get(who);
      if (!absence) return tell(who, deliver());
      if (absence.isAsked || performance.now() < absence.notBefore) throw absence.problem;
      absence.isAsked = true;
      await soon(tell(who, deliver()), absence.problem);
    },
  };
}

/** Throws `otherwise` when it is not settled soon. */
async function soon(work: Promise<void>, otherwise: Error): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(otherwise), patienceMs).unref();
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
