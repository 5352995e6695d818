import assert from 'node:assert/strict';

import type { Bytes, Download } from '#kernel/ports/bytes';
import type { CallContext, CallOptions } from '#kernel/ports/call-context';
import type { CallTransport } from '#kernel/ports/call-transport';
import { someContext } from '#test/call-context';
import type { Desk } from '#test/call-desk';
import type { desk } from '#test/call-desk-contract';
import { until } from '#test/until';

/** A desk that is served, and a transport that reaches it. */
export type CallScene = {
  readonly desk: Desk;
  readonly transport: CallTransport;
  /** Values leave the process, so bugs lose their cause and payloads have a limit of 256 KiB. */
  readonly isRemote: boolean;
  close(): Promise<void>;
};

export type CallFact = {
  readonly name: string;
  readonly needs?: 'remote';
  holds(scene: CallScene): Promise<void>;
};

/** Asks as the module `shop` does, which has declared the desk. */
export function ask<Answer = unknown>(
  { transport }: CallScene,
  call: keyof typeof desk.calls,
  input: unknown = {},
  ctx: CallContext = someContext(),
  options?: CallOptions,
  bytes?: Bytes,
): Promise<Answer> {
  const invoke = transport.connect('shop', 'desk', call);
  return invoke(ctx, input, options, bytes) as Promise<Answer>;
}

export type Shown = Download<{ name: string }>;

/** The error that a call ends with. Throws when it is answered, or has not ended soon. */
export async function failureOf(call: Promise<unknown>): Promise<Error> {
  let ended: { readonly answer: unknown } | { readonly error: Error } | undefined;
  call.then(
    (answer) => (ended = { answer }),
    (error) => (ended = { error }),
  );
  const end = await until(() => ended, { what: 'a call to end', timeoutMs: 5000 });
  if ('answer' in end) assert.fail(`It was answered: ${JSON.stringify(end.answer)}`);
  return end.error;
}
