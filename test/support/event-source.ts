import { Agent, EventSource } from 'undici';

export type Followed = {
  /** The ids of what has come, in its order. */
  readonly ids: readonly string[];
  /** How often a stream was opened. */
  readonly opened: () => number;
  /** Whether a stream is open, as far as the browser knows. */
  readonly isOpen: () => boolean;
  /** Whether it gave up: a browser does so at any answer that is no stream. */
  readonly hasGivenUp: () => boolean;
  /** Whether the shop said that there will be nothing more. */
  readonly hasEnded: () => boolean;
  close(): void;
};

/** Follows server-sent events as a browser does (WHATWG HTML, section 9.2), with a token. */
export function followEvents(url: string, token: string): Followed {
  const agent = new Agent();
  const authorization = `Bearer ${token}`;
  const dispatcher = agent.compose(
    (dispatch) => (options, handler) =>
      dispatch({ ...options, headers: withToken(options.headers, authorization) }, handler),
  );
  const source = new EventSource(url, { node: { dispatcher } });
  const ids: string[] = [];
  let opened = 0;
  let hasEnded = false;
  const close = () => {
    source.close();
    void agent.destroy();
  };
  source.addEventListener('open', () => {
    opened += 1;
  });
  source.addEventListener('message', ({ lastEventId }) => ids.push(lastEventId));
  source.addEventListener('end', () => {
    hasEnded = true;
    close();
  });
  return {
    ids,
    opened: () => opened,
    isOpen: () => source.readyState === EventSource.OPEN,
    hasGivenUp: () => !hasEnded && source.readyState === EventSource.CLOSED,
    hasEnded: () => hasEnded,
    close,
  };
}

function withToken(headers: unknown, authorization: string): Record<string, string> {
  const known = Array.isArray(headers)
    ? Object.fromEntries(
        Array.from({ length: headers.length / 2 }, (_, at) => headers.slice(2 * at, 2 * at + 2)),
      )
    : (headers as Record<string, string>);
  return { ...known, authorization };
}
