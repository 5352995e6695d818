import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/** One address in front of several doors, as a load balancer stands before a service. */
export type DoorKeeper = {
  readonly url: string;
  /** Requests that have come, and those that had no answer or one of 500 and more, with what was said. */
  seen(): { readonly requests: number; readonly failed: readonly string[] };
  close(): Promise<void>;
};

/** Looks this often at each door, and waits no longer than this for its answer. */
const lookEveryMs = 50;
const lookWithinMs = 1_000;

/** What a door must be given, as its `DRAIN_DELAY_MS`, for its end to be seen in time on a busy machine. */
export const seenWithinMs = 3_000;

/**
 * Hands each request on to one of the doors that say they are up, in turn. It sends nothing twice: what
 * goes wrong behind it, its client sees.
 */
export async function keepDoors(doors: readonly string[]): Promise<DoorKeeper> {
  const agent = new Agent({ keepAlive: false });
  const failed: string[] = [];
  const isWell = new Map(doors.map((door) => [door, true]));
  let requests = 0;
  let closed = false;

  // One that is slow to answer must not keep another's end from being seen.
  const looking = doors.map(async (door) => {
    while (!closed) {
      isWell.set(door, await isUp(door));
      await pause(lookEveryMs);
    }
  });

  function pass(incoming: IncomingMessage, answer: ServerResponse): void {
    requests += 1;
    const up = doors.filter((door) => isWell.get(door));
    const door = up[requests % Math.max(1, up.length)] ?? (doors[0] as string);
    const { method = 'GET', url = '/', headers } = incoming;
    const told = (how: string) => failed.push(`${method} ${url} at ${door}: ${how}`);
    const passed = request(new URL(url, door), { method, headers, agent }, (response) => {
      if ((response.statusCode ?? 500) >= 500) {
        void text(response).then((body) => told(`${response.statusCode} ${body}`));
      }
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passed.on('error', (error: NodeJS.ErrnoException) => {
      told(error.code ?? error.message);
      if (!answer.headersSent) answer.writeHead(502);
      answer.end();
    });
    incoming.pipe(passed);
  }

  const server = createServer(pass).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => ({ requests, failed }),
    async close() {
      closed = true;
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await Promise.all(looking);
    },
  };
}

async function isUp(door: string): Promise<boolean> {
  try {
    const { ok } = await fetch(`${door}/health`, { signal: AbortSignal.timeout(lookWithinMs) });
    return ok;
  } catch {
    return false;
  }
}
