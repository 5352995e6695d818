import type { IncomingMessage } from 'node:http';

/** The whole body; undefined when it is longer than `limitBytes`, and then the rest is not read. */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      request.pause();
      request.removeAllListeners('data');
      resolve(undefined);
    });
    request.on('end', () => {
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
      resolve(body.toString('utf8'));
    });
    // Also when it is cut off.
    request.on('error', reject);
  });
}
