import type { CloudEvent } from '#kernel/ports/event-transport';

/** A job is about so long at most: a batch that is longer becomes several. */
const mostJobCharacters = 1_000_000;

/** An event alone may be longer, but not longer than this: the reader would choke on it. */
export const mostEventCharacters = 8_000_000;

/** The batch as JSON texts that go one a job. Throws when one event is too long for any. */
export function textsOf(batch: readonly CloudEvent[]): readonly string[] {
  const jobs: string[][] = [];
  let room = 0;
  for (const event of batch) {
    const text = JSON.stringify(event);
    if (text.length > mostEventCharacters) {
      throw new Error(`Event ${event.id} is longer than ${mostEventCharacters} characters.`);
    }
    room -= text.length;
    if (room < 0 || jobs.length === 0) {
      jobs.push([]);
      room = mostJobCharacters - text.length;
    }
    jobs.at(-1)?.push(text);
  }
  return jobs.map((texts) => `[${texts.join(',')}]`);
}

/** The batch again, or undefined when the text is none. What is in the events, the inbox examines. */
export function batchOf(text: string): readonly CloudEvent[] | undefined {
  try {
    const batch: unknown = JSON.parse(text);
    return Array.isArray(batch) ? batch : undefined;
  } catch {
    return undefined;
  }
}
