import { defineContract } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { Type } from '#kernel/schema';

/** The one door: it asks on behalf of who comes in, and nobody asks it anything. */
export const gateway = defineContract('gateway', {
  calls: {},
  events: {},
  errors: {
    tooManyRequests: failure(
      'too_many',
      'Too many requests.',
      Type.Object({ retryAfter: Type.Integer({ minimum: 1 }) }),
    ),
  },
});
