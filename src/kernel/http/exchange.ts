import type { Response } from 'express';

import type { TraceContext } from '../ports/call-context.ts';

/** What the edge knows of one request while it answers it. */
export type Exchange = {
  /** A new root: nothing from outside is trusted to name one. Its id is the request id too. */
  readonly trace: TraceContext;
  /** `GET /api/products/:productId`, or empty for what no route answers. */
  route: string;
  /** The address of the client, behind whatever proxies are trusted. */
  readonly client: string;
  /** Who asks, once that is known. */
  account: string | undefined;
  /** Aborts the work of this request when its client has gone. */
  readonly gone: AbortController;
};

export function beginExchange(response: Response, exchange: Exchange): void {
  response.locals.exchange = exchange;
}

export function exchangeOf(response: Response): Exchange {
  return response.locals.exchange as Exchange;
}
