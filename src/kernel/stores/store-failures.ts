import { type Failure, failure, failureMaker } from '../failure.ts';

const unavailable = failureMaker(
  'kernel',
  'storeUnavailable',
  failure('unavailable', 'The data store cannot be used at the moment. Try again soon.'),
);

/**
 * The database can't be reached, is full or broken, or nobody knows whether it committed. What
 * happened stays in `cause`, for the log: callers only learn that they should ask again.
 */
export const storeUnavailable = Object.assign((cause: unknown): Failure => {
  const refused = unavailable();
  refused.cause = cause;
  return refused;
}, unavailable);

/** The work in a transaction did what no transaction may do. A bug, so no failure. */
export class TransactionMisuse extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TransactionMisuse';
  }
}
