import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Response } from 'express';

import { isPassing } from '../failure.ts';
import type { Logger } from '../ports/logger.ts';
import { isNews, problemOf, retryAfterSeconds } from './problem.ts';
import type { Route, StreamEvent } from './route.ts';

type StreamOptions = {
  readonly nameItem: Route['event'];
  /** Aborted when the stream is over by time, by its client or by us. */
  readonly ends: AbortSignal;
  /** Aborting it ends the work behind the stream. */
  readonly gone: AbortController;
  readonly stopping: AbortSignal;
  readonly heartbeatMs: number | undefined;
  /** The client reads server-sent events as browsers do: see `isPassing`. */
  readonly isEventSource: boolean;
  readonly traceId: string;
  readonly log: Logger;
};

/** How long headers wait for the first item, which may yet turn out to be a refusal. */
const headersWithinMs = 250;

const defaultHeartbeatMs = 15_000;

/**
 * Sends items as server-sent events until they end, the client goes or the process stops. A refusal
 * before the first item is thrown, to be answered as any other; a later one is sent as an `error`
 * event. `end` says that there will be nothing more: without it, a client reconnects, after a while
 * that `retry` tells. That is how a stream ends whose provider went away, or had no more time.
 */
export async function sendStream(
  response: Response,
  open: () => AsyncIterable<unknown>,
  options: StreamOptions,
): Promise<void> {
  const { gone, stopping } = options;
  const stop = () => {
    gone.abort();
    // A stream that ends without a word is no stream to a browser: see `throwUnlessPassing`.
    if (!response.headersSent && !response.destroyed) begin(response);
    response.end();
  };
  const items = open()[Symbol.asyncIterator]();
  stopping.addEventListener('abort', stop, { once: true });
  try {
    const first = items.next();
    await Promise.race([
      options.isEventSource ? first.catch(throwUnlessPassing) : first,
      pause(headersWithinMs, undefined, { ref: false }),
    ]);
    if (stopping.aborted) stop();
    else await sendItems(response, items, first, options);
  } finally {
    stopping.removeEventListener('abort', stop);
    // Ends the work behind it too when nothing else has; it may be busy, so nobody waits for it.
    gone.abort();
    items.return?.()?.catch(() => undefined);
  }
}

type Items = AsyncIterator<unknown>;

/**
 * A browser never comes back to an answer that is no stream (WHATWG HTML, section 9.2.2): what will
 * pass is told by a stream that ends.
 */
function throwUnlessPassing(error: unknown): void {
  if (!isPassing(error)) throw error;
}

async function sendItems(
  response: Response,
  items: Items,
  first: Promise<IteratorResult<unknown>>,
  options: StreamOptions,
): Promise<void> {
  begin(response);
  // Who asks for the head alone gets none of the items, and must not wait for them.
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  const beat = heartbeat(response, options.heartbeatMs ?? defaultHeartbeatMs);
  try {
    for (let next = first; !options.ends.aborted; next = items.next()) {
      const { done, value } = await next;
      if (options.ends.aborted) break;
      await write(
        response,
        done ? 'event: end\ndata: {}\n\n' : frame(value, options),
        options.ends,
      );
      // Nobody would hear of the failure of an item that is asked for after the end.
      if (done || options.ends.aborted) break;
    }
  } catch (error) {
    if (!options.ends.aborted) tell(response, error, options);
  } finally {
    clearInterval(beat);
    response.end();
  }
}

function begin(response: Response): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Asks nginx and its like not to collect events before passing them on.
    'x-accel-buffering': 'no',
  });
  // Sends the headers too.
  response.write(comeBack(soonMs()));
}

/** Different for each, so that clients that were cut off together don't return together. */
function soonMs(): number {
  return Math.floor(1_000 + Math.random() * 2_000);
}

function comeBack(afterMs: number): string {
  return `retry: ${afterMs}\n\n`;
}

function heartbeat(response: Response, everyMs: number): NodeJS.Timeout {
  return setInterval(() => {
    // Nothing is piled up for who does not read: the stalled connection is closed by its timeout.
    if (!response.writableNeedDrain) response.write(': still here\n\n');
  }, everyMs);
}

async function write(response: Response, text: string, ends: AbortSignal): Promise<void> {
  if (response.write(text)) return;
  await once(response, 'drain', { signal: ends }).catch(() => undefined);
}

function tell(response: Response, error: unknown, { traceId, log }: StreamOptions): void {
  if (isPassing(error)) {
    response.write(comeBack(Math.max(retryAfterSeconds(error.details) * 1_000, soonMs())));
    return;
  }
  if (isNews(error)) log.error({ err: error, trace: traceId }, 'a stream broke');
  response.write(`event: error\ndata: ${JSON.stringify(problemOf(error, traceId))}\n\n`);
}

function frame(item: unknown, { nameItem }: StreamOptions): string {
  const { id, event }: StreamEvent = nameItem?.(item) ?? {};
  const lines = [`data: ${JSON.stringify(item)}`];
  if (event !== undefined) lines.unshift(`event: ${oneLine(event)}`);
  if (id !== undefined) lines.unshift(`id: ${oneLine(id)}`);
  return `${lines.join('\n')}\n\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}
