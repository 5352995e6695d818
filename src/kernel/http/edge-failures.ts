import { failure, failureMaker } from '../failure.ts';
import { Type } from '../schema.ts';

const make = <D extends Parameters<typeof failureMaker>[2]>(name: string, declared: D) =>
  failureMaker('kernel', name, declared);

const Detail = Type.Object({ detail: Type.String() });

const FieldErrors = Type.Object({
  errors: Type.Array(Type.Object({ field: Type.String(), message: Type.String() })),
});

/** How a door answers a request that it can't make a call of. Any route may meet them. */
export const edgeFailures = {
  malformedPath: make('malformedPath', failure('malformed', 'The path is not properly encoded.')),
  malformedJson: make(
    'malformedJson',
    failure('malformed', 'The body is no JSON that is accepted here.', Detail),
  ),
  malformedForm: make(
    'malformedForm',
    failure('malformed', 'The body is no form that is accepted here.', Detail),
  ),
  invalidRequest: make(
    'invalidRequest',
    failure('malformed', 'The request does not fit the call.', FieldErrors),
  ),
  bodyIncomplete: make('bodyIncomplete', failure('malformed', 'The body broke off.')),
  bodyTooLarge: make(
    'tooLarge',
    failure('too_large', 'The body is too large.', Type.Object({ maxBytes: Type.Integer() })),
  ),
  unsupportedMedia: make(
    'unsupportedMedia',
    failure('unsupported_media', 'The body has a media type that is not accepted here.', Detail),
  ),
  idempotencyKeyRequired: make(
    'idempotencyKeyRequired',
    failure('malformed', 'This request needs an Idempotency-Key header.'),
  ),
  idempotencyKeyInvalid: make(
    'idempotencyKeyInvalid',
    failure('malformed', 'An Idempotency-Key is 1 to 255 visible ASCII characters.'),
  ),
  routeNotFound: make('routeNotFound', failure('not_found', 'There is nothing at this path.')),
  methodNotAllowed: make(
    'methodNotAllowed',
    failure(
      'method_not_allowed',
      'This path does not answer to this method.',
      Type.Object({ allowed: Type.Array(Type.String()) }),
    ),
  ),
};
