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
