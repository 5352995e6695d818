import type { CallOptions, Outgoing, Send } from './http.ts';
import { type Problem, ShopProblem } from './problem.ts';
import { pause, pauseFor } from './retry.ts';

type Message = { readonly id: string | undefined; readonly event: string; readonly data: string };

/** A connection that gave nothing this many times in a row is given up. */
const mostFailures = 8;

/**
 * Server-sent events, item by item. A connection that breaks is opened again where it left off
 * (`Last-Event-ID`), until the shop says `end`, the caller leaves the loop or aborts.
 */
export async function* followStream(
  send: Send,
  outgoing: Outgoing,
  options: CallOptions,
): AsyncGenerator<unknown> {
  let lastId: string | undefined;
  for (let failures = 0; failures < mostFailures; failures += 1) {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
    const response = await send(
      { ...outgoing, headers: { ...outgoing.headers, ...headers } },
      options,
    );
    try {
      for await (const message of messagesOf(response)) {
        failures = 0;
        lastId = message.id ?? lastId;
        if (message.event === 'end') return;
        if (message.event === 'error') throw new ShopProblem(JSON.parse(message.data) as Problem);
        yield JSON.parse(message.data);
      }
    } catch (error) {
      if (error instanceof ShopProblem || options.signal?.aborted) throw error;
    }
    await pause(pauseFor(undefined, failures) ?? 0, options.signal);
  }
  throw new Error('The stream broke off too often.');
}

/** Reads the wire format of server-sent events (WHATWG HTML, section 9.2.6). */
async function* messagesOf(response: Response): AsyncGenerator<Message> {
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const message = messageOf(block);
        if (message) yield message;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function messageOf(block: string): Message | undefined {
  const field = (name: string) =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).replace(/^ /, ''));
  const data = field('data');
  if (data.length === 0) return undefined;
  return {
    id: field('id').at(-1),
    event: field('event').at(-1) ?? 'message',
    data: data.join('\n'),
  };
}
