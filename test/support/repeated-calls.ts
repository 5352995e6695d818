import assert from 'node:assert/strict';

import type { Call } from '#kernel/contract';
import type { ModuleDefinition } from '#kernel/module';
import type { Bytes } from '#kernel/ports/bytes';
import type { CallTransport, Invoke } from '#kernel/ports/call-transport';

/**
 * Makes every call twice, as a caller does whose first answer was lost: the second answer is the one
 * that counts. A command must answer the same again, whatever it was. Streams and downloads are left as
 * they are: nobody asks for half of one again.
 */
export function repeatedCalls(
  transport: CallTransport,
  modules: readonly ModuleDefinition[],
): CallTransport {
  const calls = modules.flatMap(({ contract }) => Object.values<Call>(contract.calls));
  const kinds = new Map(calls.map(({ contract, name, kind }) => [`${contract}.${name}`, kind]));
  return {
    ...transport,
    connect(caller, contract, call) {
      const invoke = transport.connect(caller, contract, call);
      const kind = kinds.get(`${contract}.${call}`);
      return kind === 'stream' || kind === 'download' ? invoke : twice(invoke, kind === 'query');
    },
  };
}

function twice(invoke: Invoke, isQuery: boolean): Invoke {
  return async (ctx, input, options, bytes) => {
    const first = await settled(invoke(ctx, input, options, bytes));
    const second = await settled(invoke(ctx, input, options, bytes && nothing()));
    if (!isQuery && !isPassing(first)) {
      assert.deepEqual(told(second), told(first), 'a repeated command answers the same');
    }
    if ('error' in second) throw second.error;
    return second.value;
  };
}

type Settled = { readonly value: unknown } | { readonly error: unknown };

async function settled(answer: unknown): Promise<Settled> {
  try {
    return { value: await answer };
  } catch (error) {
    return { error };
  }
}

/** Busy, away or too slow: that passes, and sticks to no key. A bug does not stick to one either. */
function isPassing(answer: Settled): boolean {
  if (!('error' in answer)) return false;
  const { kind } = answer.error as { kind?: string };
  return kind === undefined || ['too_many', 'unavailable', 'too_slow'].includes(kind);
}

function told(answer: Settled): unknown {
  if ('value' in answer) return JSON.parse(JSON.stringify({ value: answer.value }));
  const { contract, code } = answer.error as { contract?: string; code?: string };
  return { contract, code };
}

/** The bytes of an upload are read once; its repetition is known by its key and reads none. */
async function* nothing(): Bytes {}
