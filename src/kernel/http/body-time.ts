import type { IncomingMessage } from 'node:http';

const slowBodies = new WeakSet<IncomingMessage>();

/** Lets a request's body take as long as an upload may: its route asked for a file. */
export function allowSlowBody(request: IncomingMessage): void {
  slowBodies.add(request);
}

/** Calls `tooSlow` when the body is not there after `withinMs`, unless it is an upload's. */
export function limitBodyTime(
  request: IncomingMessage,
  withinMs: number,
  tooSlow: () => void,
): void {
  const { headers } = request;
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody) return;
  const timer = setTimeout(() => {
    if (!request.complete && !slowBodies.has(request)) tooSlow();
  }, withinMs).unref();
  request.once('close', () => clearTimeout(timer));
}
