import { relative } from 'node:path';
import { Transform } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

export type Failed = {
  readonly name: string;
  readonly file: string;
  /** What it says of itself; for an assertion, with the difference. */
  readonly why: string;
};

export type Totals = {
  readonly tests: number;
  readonly suites: number;
  readonly pass: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly todo: number;
  /** The tests themselves, without the suites and files that failed because of them. */
  readonly failed: readonly Failed[];
};

/** Two files at a time, one for each core; a test that hangs is given up. */
const limits = { concurrency: 2, timeout: 180_000 };

/** Runs each file in a process of its own, printing as it goes; the caller prints the summary. */
export async function runFiles(files: readonly string[]): Promise<Totals> {
  let counts: Counts = { tests: 0, suites: 0, passed: 0, cancelled: 0, skipped: 0, todo: 0 };
  const failed: Failed[] = [];
  const events = run({ ...limits, files: [...files] });
  events.on('test:summary', ({ file, counts: seen }) => {
    if (file === undefined) counts = seen;
  });
  events.on('test:fail', ({ name, file = '', details }) => {
    if (!isCause(details.error)) return;
    failed.push({ name, file: relative('.', file), why: whyOf(details.error) });
  });
  const report = events.pipe(withoutSummary()).pipe(new spec());
  for await (const text of report) process.stdout.write(String(text));
  const { passed, ...others } = counts;
  return { ...others, pass: passed, failed };
}

/** Node wraps what a test threw, which may be anything. */
function whyOf(error: Error): string {
  const { cause = error } = error;
  return cause instanceof Error ? cause.message : String(cause);
}

type Counts = {
  tests: number;
  suites: number;
  passed: number;
  cancelled: number;
  skipped: number;
  todo: number;
};

function isCause(error: unknown): boolean {
  return (error as { failureType?: string }).failureType !== 'subtestsFailed';
}

/** What a test tells of itself is printed; what Node counts for each file, the caller sums up. */
function withoutSummary(): Transform {
  return new Transform({
    objectMode: true,
    transform(event: { type: string; data: { message?: string } }, _encoding, done) {
      const isSummary =
        event.type === 'test:diagnostic' && countOfNode.test(event.data.message ?? '');
      done(null, isSummary ? undefined : event);
    },
  });
}

const countOfNode = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;
