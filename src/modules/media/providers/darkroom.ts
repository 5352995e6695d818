import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

import type { Part } from '#kernel/module';

import type { Darkroom } from '../application/darkroom.ts';
import { media } from '../contract.ts';
import { maxFrames, maxPixels } from '../domain/limits.ts';
import type { Done, Job } from './darkroom-worker.ts';

const program = fileURLToPath(new URL('./darkroom-worker.ts', import.meta.url));

/** Pictures that are waiting at most: more are told to come back. */
const longestQueue = 64;

/** A job that takes longer ends with its process. */
const jobTimeoutMs = 20_000;

/** A process that has had nothing to do for this long ends, and gives its memory back. */
const idleMs = 15_000;

const retryAfter = 2;

type Waiting = { readonly job: Job; resolve(done: Done): void; reject(error: Error): void };

/** Decodes pictures in processes of their own, as many as there are processors to spare, at most four. */
export class Darkrooms implements Darkroom, Part {
  readonly #most = Math.min(4, Math.max(1, availableParallelism() - 1));
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly #waiting: Waiting[] = [];
  #isStopped = false;

  async inspect(path: string, format: string) {
    const done = await this.#do({ kind: 'inspect', path, format });
    if (done.outcome === 'too_large') {
      const { pixels, frames } = done;
      throw media.errors.imageTooLarge({ pixels, maxPixels, frames, maxFrames });
    }
    if (done.outcome === 'unsupported') throw media.errors.unsupportedImage();
    if (done.outcome !== 'done') throw media.errors.brokenImage();
    return { width: done.width, height: done.height };
  }

  async render(path: string, variant: Extract<Job, { kind: 'render' }>['variant'], target: string) {
    const done = await this.#do({ kind: 'render', path, variant, target });
    if (done.outcome !== 'done') throw media.errors.brokenImage();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { reject } of this.#waiting.splice(0)) reject(busy());
    const ended = [...this.#all].map((child) => once(child, 'exit'));
    for (const child of this.#all) child.kill('SIGKILL');
    await Promise.all(ended);
  }

  #do(job: Job): Promise<Done> {
    if (this.#isStopped || this.#waiting.length >= longestQueue) {
      throw busy();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#isStopped) return;
    const child = this.#idle.pop() ?? (this.#all.size < this.#most ? this.#open() : undefined);
    if (!child) return;
    const { job, resolve, reject } = this.#waiting.shift() as Waiting;
    void this.#settle(child, job)
      .then(resolve, () => reject(busy()))
      .finally(() => this.#next());
  }

  /**
   * Whether a process died at its picture or was gone before says a fresh one: where that dies too,
   * the picture is broken. Throws when nothing can be said: none can be started, or all end.
   */
  async #settle(child: ChildProcess, job: Job): Promise<Done> {
    const first = await this.#run(child, job).catch((): 'died' => 'died');
    if (first !== 'died') return first;
    if (this.#isStopped) throw busy();
    const second = await this.#run(this.#open(), job);
    if (second !== 'died') return second;
    if (this.#isStopped) throw busy();
    return { outcome: 'broken' };
  }

  /** What does not end in time is broken, too. Throws when the process can't be asked. */
  async #run(child: ChildProcess, job: Job): Promise<Done | 'died'> {
    const over = new AbortController();
    const { signal } = over;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, jobTimeoutMs);
    const answered = once(child, 'message', { signal }).then(([done]) => done as Done);
    const died = once(child, 'exit', { signal }).then((): Done | 'died' =>
      isLate ? { outcome: 'broken' } : 'died',
    );
    answered.catch(() => undefined);
    died.catch(() => undefined);
    try {
      await sent(child, job);
      return await Promise.race([answered, died]);
    } catch (error) {
      this.#drop(child);
      throw error;
    } finally {
      clearTimeout(late);
      over.abort();
      if (this.#all.has(child)) this.#rest(child);
    }
  }

  #rest(child: ChildProcess): void {
    this.#idle.push(child);
    const timer = setTimeout(() => {
      const at = this.#idle.indexOf(child);
      if (at === -1) return;
      this.#idle.splice(at, 1);
      child.kill('SIGKILL');
    }, idleMs);
    timer.unref();
  }

  #open(): ChildProcess {
    const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    // The shop's end is its end: it must not keep a process alive that has nothing else to do.
    child.unref();
    child.channel?.unref();
    this.#all.add(child);
    // What can't be started or asked has no exit to tell of.
    child.on('error', () => this.#drop(child));
    child.once('exit', () => this.#drop(child));
    return child;
  }

  #drop(child: ChildProcess): void {
    this.#all.delete(child);
    const at = this.#idle.indexOf(child);
    if (at !== -1) this.#idle.splice(at, 1);
    child.kill('SIGKILL');
  }
}

function busy(): Error {
  return media.errors.mediaBusy({ retryAfter });
}

/** Throws when the process is gone, or never was. */
function sent(child: ChildProcess, job: Job): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(job, (error) => (error ? reject(error) : resolve()));
  });
}
