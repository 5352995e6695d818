import type { CloudEvent } from '#kernel/ports/event-transport';
import type { Trust } from '#kernel/ports/trust';

export type Seals = Pick<Trust, 'seal' | 'unseal'>;

/** A batch that is larger goes as several messages: the broker writes and copies each as a whole. */
const messageCharacters = 1024 * 1024;
/** No single event may be larger, and nothing larger is opened. */
const maxMessageBytes = 16 * 1024 * 1024;

/** The batch as sealed messages. Throws when one of its events is too large to be carried. */
export function packBatch(
  trust: Seals,
  source: string,
  batch: readonly CloudEvent[],
): readonly Buffer[] {
  const whole = JSON.stringify(batch);
  const texts = whole.length <= messageCharacters ? [whole] : inParts(batch);
  return texts.map((text) => {
    const message = Buffer.from(trust.seal(source, text));
    if (message.length <= maxMessageBytes) return message;
    const size = `${message.length} bytes, and at most ${maxMessageBytes} are carried`;
    throw new Error(`An event of ${source} is too large: ${size}.`);
  });
}

function inParts(batch: readonly CloudEvent[]): readonly string[] {
  const parts: string[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const text of batch.map((event) => JSON.stringify(event))) {
    if (characters + text.length > messageCharacters) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(text);
    characters += text.length;
  }
  return parts.map((texts) => `[${texts.join()}]`);
}

/** The events of a message, or why it is none that a publisher of ours has sent. */
export function openBatch(
  trust: Seals,
  source: string,
  content: Buffer,
): readonly CloudEvent[] | string {
  if (content.length > maxMessageBytes) return 'it is too large';
  const text = trust.unseal(source, content.toString());
  if (text === undefined) return 'its seal is not that of its source';
  try {
    const batch: unknown = JSON.parse(text);
    return Array.isArray(batch) ? (batch as CloudEvent[]) : 'it is no list of events';
  } catch {
    return 'it is not JSON';
  }
}
