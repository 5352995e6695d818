import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';

import type { Instance } from '#kernel/ports/discovery';

import { streamProtocol } from './messages.ts';

/** 256 bits: nobody meets the same one twice. */
export function newNonce(): string {
  return randomBytes(32).toString('base64url');
}

export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 22 && value.length <= 128;
}

export type Dialled = { readonly socket: Duplex; readonly head: Buffer };

/** Opens a connection to an instance and has it upgraded. Throws when that does not happen in time. */
export function dial(
  { url }: Instance,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    const target = new URL('/internal/stream', url);
    const open = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = open(target, {
      agent: false,
      headers: { connection: 'Upgrade', upgrade: streamProtocol, ...headers },
      timeout: timeoutMs,
    });
    request.on('upgrade', (_response, socket, head) => {
      socket.setTimeout(0);
      resolve({ socket, head });
    });
    request.on('response', (response) => {
      response.resume();
      request.destroy(new Error(`it answered ${response.statusCode} instead of opening a stream`));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
    request.end();
  });
}
