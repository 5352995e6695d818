import type { CloudEvent, Receive } from '#kernel/ports/event-transport';
import type { Logger } from '#kernel/ports/logger';

type Options = {
  readonly queue: string;
  readonly open: (data: unknown) => readonly CloudEvent[] | undefined;
  readonly receive: Receive;
  /** Told whenever a job has come or gone: so many are in hand now. */
  readonly inHand: (jobs: number) => void;
  /** Told after how many failures in a row. */
  readonly restAfter: (failures: number) => void;
  readonly closing: AbortSignal;
  readonly log: Logger;
};

export type TakenJob = { readonly data: unknown };

/** Stores what jobs hold. */
export type Intake = {
  /**
   * Resolves when the batch is stored, or refused for good; only then is the job done. Throws when it
   * has to come again.
   */
  take(job: TakenJob): Promise<void>;
  /** The server has been told what became of a job. */
  told(job: TakenJob): void;
  /** Resolves when nothing is being stored. */
  stored(): Promise<void>;
  /** Resolves when the server knows of all that was taken. */
  acknowledged(): Promise<void>;
};

type Untold = { readonly end: PromiseWithResolvers<void>; timer: NodeJS.Timeout | undefined };

/** After so long the server's answer will not come: the job had gone to another instance. */
const tellTimeoutMs = 2000;

export function createIntake(options: Options): Intake {
  const { open, receive, queue, inHand, restAfter, closing, log } = options;
  const running = new Set<Promise<void>>();
  let failures = 0;
  const untold = new Map<TakenJob, Untold>();

  async function store(batch: readonly CloudEvent[]): Promise<void> {
    if (closing.aborted) throw new Error('This subscriber takes no more.');
    const stored = receive(batch);
    running.add(stored);
    await stored.finally(() => running.delete(stored));
  }

  async function storeOrRest(batch: readonly CloudEvent[]): Promise<void> {
    try {
      await store(batch);
      failures = 0;
    } catch (error) {
      failures += 1;
      log.warn({ err: error, queue, events: batch.length }, 'events could not be stored yet');
      restAfter(failures);
      // What it was stays here: Redis keeps the message of this error.
      throw new Error('The events could not be stored.');
    }
  }

  function told(job: TakenJob): void {
    const telling = untold.get(job);
    untold.delete(job);
    clearTimeout(telling?.timer);
    telling?.end.resolve();
    inHand(untold.size);
  }

  return {
    async take(job) {
      const telling: Untold = { end: Promise.withResolvers(), timer: undefined };
      untold.set(job, telling);
      inHand(untold.size);
      try {
        const batch = open(job.data);
        if (batch) await storeOrRest(batch);
      } finally {
        telling.timer = setTimeout(told, tellTimeoutMs, job).unref();
      }
    },
    told,
    async stored() {
      await Promise.allSettled(running);
    },
    async acknowledged() {
      await Promise.all([...untold.values()].map(({ end }) => end.promise));
    },
  };
}
