import { failure, failureMaker } from '../failure.ts';
import { Type } from '../schema.ts';

const make = <D extends Parameters<typeof failureMaker>[2]>(name: string, declared: D) =>
  failureMaker('kernel', name, declared);

/** The refusals of the call pipeline itself, which any call may meet. */
export const callFailures = {
  invalidInput: make(
    'invalidInput',
    failure(
      'invalid',
      'The input of the call does not fit its contract.',
      Type.Object({
        call: Type.String(),
        errors: Type.Array(Type.Object({ field: Type.String(), message: Type.String() })),
      }),
    ),
  ),
  deadlinePassed: make(
    'deadlinePassed',
    failure(
      'too_slow',
      'The time for an answer has passed; the call may have happened.',
      Type.Object({ call: Type.String() }),
    ),
  ),
  providerUnavailable: make(
    'providerUnavailable',
    failure(
      'unavailable',
      'The module that was asked did not answer; the call may have happened.',
      Type.Object({
        call: Type.String(),
        why: Type.String(),
        retryAfter: Type.Optional(Type.Integer()),
      }),
    ),
  ),
  notAsked: make(
    'notAsked',
    failure(
      'unavailable',
      'The module was not asked: too many calls wait for it, or it has not been answering.',
      Type.Object({ call: Type.String(), why: Type.String(), retryAfter: Type.Integer() }),
    ),
  ),
  /** An answer: the circuit to the module stays closed, and another instance can be asked. */
  streamCut: make(
    'streamCut',
    failure(
      'unavailable',
      'The host that sends this stream is leaving; open it again.',
      Type.Object({ call: Type.String() }),
    ),
  ),
  undeclaredCall: make(
    'undeclaredCall',
    failure(
      'forbidden',
      'The calling module does not declare this contract in its manifest.',
      Type.Object({ caller: Type.String(), call: Type.String() }),
    ),
  ),
  idempotencyKeyReused: make(
    'idempotencyKeyReused',
    failure('invalid', 'This idempotency key came with another input before.'),
  ),
};

/** A bug behind a call. Its cause is in the provider's log, and never crosses a boundary. */
export class CallBroke extends Error {
  readonly call: string;

  constructor(call: string, cause: unknown) {
    super(`${call} broke`, { cause });
    this.name = 'CallBroke';
    this.call = call;
  }
}
