import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import { newTrace } from '../calls/context.ts';
import type { InternalEndpoint } from '../ports/internal-endpoint.ts';
import type { Logger } from '../ports/logger.ts';
import { allowSlowBody } from './body-time.ts';
import { endWithProblem } from './broken-request.ts';
import type { ConnectionListener } from './connections.ts';

export type InternalEndpoints = {
  /**
   * The endpoints' requests go to them, all others to `otherwise`. Also those that wait for a word
   * before they send their body (`expect: 100-continue`), which endpoints give themselves.
   */
  readonly requests: (otherwise: RequestListener) => RequestListener;
  /** Those of an endpoint that wants to have them first, if there is one. */
  readonly connections: ConnectionListener;
  readonly upgrades: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Resolves when every endpoint has done what was running, or after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
};

/** Composes what transports serve on the internal listener beside the operators' endpoints. */
export function composeEndpoints(
  endpoints: readonly InternalEndpoint[],
  log: Logger,
): InternalEndpoints {
  const endpointOf = ({ url = '' }: IncomingMessage) => {
    const [path = ''] = url.split('?', 1);
    return isPlain.test(path) ? endpoints.find(({ prefix }) => path.startsWith(prefix)) : undefined;
  };
  return {
    requests: (otherwise) => (request, response) => {
      const endpoint = endpointOf(request);
      if (!endpoint) {
        if (request.headers.expect !== undefined) response.writeContinue();
        return otherwise(request, response);
      }
      // Bytes of an upload are passed on at the pace of whoever sends them.
      allowSlowBody(request);
      endpoint.handle(request, response);
    },

    connections(socket, otherwise) {
      const eager = endpoints.find(({ connect }) => connect);
      if (eager?.connect) eager.connect(socket, otherwise);
      else otherwise();
    },

    upgrades(request, socket, head) {
      const endpoint = endpointOf(request);
      if (endpoint) endpoint.upgrade(request, socket, head);
      else endWithProblem(socket, 400, 'upgrade_refused', newTrace().traceId);
    },

    async drain(deadlineMs) {
      const late = new AbortController();
      const ends = await Promise.race([
        Promise.allSettled(endpoints.map((one) => one.drain(deadlineMs))),
        pause(deadlineMs, [], late).catch(() => []),
      ]);
      late.abort();
      for (const end of ends) {
        if (end.status === 'rejected') log.error({ err: end.reason }, 'an endpoint did not drain');
      }
    },
  };
}

/**
 * Paths that two readers read alike: no percent-encoding, empty or dotted segments, parameters or
 * backslashes. Whatever else there is, nothing internal is found under it.
 */
const isPlain = /^(?:\/[\w~-][\w.~-]*)+$/;
