import { failure, failureMaker } from './failure.ts';

/** Nobody has said who they are. */
export const unauthenticated = failureMaker(
  'kernel',
  'unauthenticated',
  failure('unauthenticated', 'Sign in first.'),
);

/** We know who asks, and they may not. */
export const forbidden = failureMaker(
  'kernel',
  'forbidden',
  failure('forbidden', 'You may not do this.'),
);

/** A host that asks has not proven who it is. Why is in the audit log, and never in the answer. */
export const hostNotRecognised = failureMaker(
  'kernel',
  'hostNotRecognised',
  failure('unauthenticated', 'The service token of the host that asks is not good here.'),
);
