import { once } from 'node:events';
import type { Response } from 'express';

/** A named list, item by item. */
export type PartItems = { readonly name: string; open(): AsyncIterable<unknown> };

/** One that has answered: with its first item, or with none. */
type BegunPart = {
  readonly name: string;
  readonly items: AsyncIterator<unknown>;
  readonly first: IteratorResult<unknown>;
};

/**
 * Opens all parts at once, and waits until each has answered. Throws the refusal of any of them: there
 * is still time to answer it as any other.
 */
export async function beginParts(parts: readonly PartItems[]): Promise<readonly BegunPart[]> {
  const opened = parts.map(({ name, open }) => ({ name, items: open()[Symbol.asyncIterator]() }));
  const begun = opened.map(async (part) => ({ ...part, first: await part.items.next() }));
  try {
    return await Promise.all(begun);
  } catch (error) {
    leave(opened);
    throw error;
  }
}

/**
 * Answers one object with a list for each part, as its items come. What fails now cuts the connection,
 * so that nobody takes for whole what lacks something.
 */
export async function sendParts(
  response: Response,
  parts: readonly BegunPart[],
  ends: AbortSignal,
): Promise<void> {
  try {
    // Who has been told that it takes too long gets nothing more.
    if (response.headersSent) return;
    let before = '{';
    for (const part of parts) {
      const sep = await sendList(response, `${before}${JSON.stringify(part.name)}:[`, part, ends);
      await write(response, `${sep}]`, ends);
      before = ',';
    }
    response.end('}');
  } finally {
    leave(parts);
  }
}

/** Answers what is still to be written before the list is closed. */
async function sendList(
  response: Response,
  opening: string,
  { items, first }: BegunPart,
  ends: AbortSignal,
): Promise<string> {
  let sep = opening;
  for (let next = first; !next.done; next = await items.next()) {
    await write(response, sep + JSON.stringify(next.value), ends);
    sep = ',';
  }
  return sep === ',' ? '' : sep;
}

/** Some may be busy, so nobody waits for them. */
function leave(parts: readonly { readonly items: AsyncIterator<unknown> }[]): void {
  for (const { items } of parts) items.return?.()?.catch(() => undefined);
}

async function write(response: Response, text: string, ends: AbortSignal): Promise<void> {
  ends.throwIfAborted();
  if (!response.headersSent) {
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
  }
  if (!response.write(text)) await once(response, 'drain', { signal: ends });
}
