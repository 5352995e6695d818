import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { collect } from './app-process.ts';

const ownMain = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const startTimeoutMs = 90_000;

/** Whatever becomes of the test, no host is left behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => void child.kill('SIGKILL')));

function reapAtExit(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/** One instance of a host of a topology, in a process of its own, that can be ended and started again. */
export class HostProcess {
  readonly name: string;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #main: string;
  #child: ChildProcess | undefined;
  #output: () => string = () => '';

  /** `main` is the program, where it is not this project's own. */
  constructor(
    name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    main = ownMain,
  ) {
    this.name = name;
    this.#args = args;
    this.#env = env;
    this.#main = main;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What became of the process that was started last. */
  get state(): string {
    const { exitCode, signalCode } = this.#child ?? {};
    if (exitCode === undefined) return 'not started';
    return exitCode === null && signalCode === null
      ? 'running'
      : `ended (${signalCode ?? exitCode})`;
  }

  /** What the running one has written so far. */
  output(): string {
    return this.#output();
  }

  /** Starts it without waiting for anything. Answers its process. */
  launch(): ChildProcess {
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, [this.#main, ...this.#args], {
      env: { ...{ PATH, HOME, TMPDIR }, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    reapAtExit(child);
    this.#child = child;
    this.#output = collect(child);
    return child;
  }

  /** Starts it, and resolves when it says that it is ready. Throws with its output when it ends instead. */
  async start(): Promise<void> {
    const child = this.launch();
    const outcome = await new Promise<string>((resolve) => {
      child.once('message', () => resolve('ready'));
      child.once('close', () => resolve('ended'));
      setTimeout(() => resolve('not ready'), startTimeoutMs).unref();
    });
    if (outcome === 'ready') return;
    await this.kill();
    throw new Error(`${this.name} is ${outcome} instead of ready:\n${this.output()}`);
  }

  /** Ends it as an operator does. Answers the exit code. */
  async stop(): Promise<number | null> {
    return await this.#end('SIGTERM');
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
    return child.exitCode;
  }
}
