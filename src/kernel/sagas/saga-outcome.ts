import { Failure, type FailureRecord, failure, failureMaker } from '../failure.ts';
import type { Problem } from '../ports/operator.ts';

/** Another engine leads this saga now: whatever this one still wanted to write is void. */
export class Superseded extends Error {
  constructor() {
    super('Another engine has taken this saga over.');
    this.name = 'Superseded';
  }
}

/** The host stops; the saga goes on elsewhere, or after the start. */
export class Stopping extends Error {
  constructor() {
    super('The host stops.');
    this.name = 'Stopping';
  }
}

const stepUnanswered = failureMaker(
  'kernel',
  'sagaStepUnanswered',
  failure('unavailable', 'A step of this work could not be brought to an answer.'),
);

/** Kinds that say "not now" and nothing about whether it happened. */
const passing: ReadonlySet<string> = new Set(['unavailable', 'too_slow', 'too_many']);

/**
 * A refusal declared by a module is an answer: the step did not happen. The kernel's own failures are
 * none: they are weather or bugs, and one of them says that an earlier try did happen.
 */
export function isAnswer(error: unknown): error is Failure {
  return error instanceof Failure && error.contract !== 'kernel' && !passing.has(error.kind);
}

/** Why the saga goes back, as `undone` will be told. */
export function reasonOf(error: unknown): FailureRecord {
  return (error instanceof Failure ? error : stepUnanswered()).toRecord();
}

/** Long enough to recognise an error, short enough for a row. */
const maxTitleLength = 500;

export function problemOf(error: unknown): Problem {
  if (error instanceof Failure) {
    const { code, title, details } = error.toRecord();
    return details === undefined ? { code, title } : { code, title, details };
  }
  if (!(error instanceof Error))
    return { code: 'unknown', title: String(error).slice(0, maxTitleLength) };
  return { code: error.name, title: error.message.slice(0, maxTitleLength) };
}
