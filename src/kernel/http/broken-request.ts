import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { newTrace } from '../calls/context.ts';
import { isLingering, linger } from './linger.ts';
import { bareProblem } from './problem.ts';

const answers: Readonly<Record<string, { status: number; code: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_too_slow' },
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'too_large' },
};

/**
 * Answers what the HTTP parser refused, where no response object exists, and closes the connection:
 * behind bytes that are no request, nothing can be trusted to be one. When an answer has begun
 * already, a second one would be read as its body, so then it only closes.
 */
export function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  answerBegun: boolean,
): void {
  // Behind a broken request everything is broken.
  if (isLingering(socket)) return;
  if (error.code === 'ECONNRESET' || !socket.writable || answerBegun) {
    socket.destroy();
    return;
  }
  const { status, code } = answers[error.code ?? ''] ?? { status: 400, code: 'malformed_request' };
  endWithProblem(socket, status, code, newTrace().traceId);
}

/** Answers on a bare connection, and closes it. */
export function endWithProblem(
  socket: Duplex,
  status: number,
  code: string,
  traceId: string,
): void {
  const body = JSON.stringify(bareProblem(status, code, traceId));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  linger(socket);
}
