import { failure, failureMaker } from '../failure.ts';
import { Type } from '../schema.ts';

/** A stream looks at its store again and again; nobody needs many. */
const streamsPerAccount = 10;

const tooManyStreams = failureMaker(
  'kernel',
  'tooManyStreams',
  failure('too_many', 'Too many streams are open.', Type.Object({ limit: Type.Integer() })),
);

/** Counts the open streams of each account; `enter` answers how to leave again. */
export function createStreamSlots(limit: number = streamsPerAccount) {
  const open = new Map<string, number>();
  return {
    /** Throws `too_many_streams`. */
    enter(account: string): () => void {
      const count = open.get(account) ?? 0;
      if (count >= limit) throw tooManyStreams({ limit });
      open.set(account, count + 1);
      return () => {
        const left = (open.get(account) ?? 1) - 1;
        if (left > 0) open.set(account, left);
        else open.delete(account);
      };
    },
  };
}
