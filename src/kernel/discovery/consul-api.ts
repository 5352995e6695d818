/** What an agent answered. `index` is its `X-Consul-Index`, 0 where it told none. */
export type ConsulAnswer = { readonly index: number; readonly body: unknown };

export type ConsulRequest = {
  readonly method?: 'GET' | 'PUT';
  readonly body?: object;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
};

/** Asks the agent. Rejects when it does not answer in time, or with anything but 200. */
export type Consul = (path: string, request: ConsulRequest) => Promise<ConsulAnswer>;

const mostToldCharacters = 200;

export function consulApi(address: URL, token: string | undefined): Consul {
  const headers = {
    ...(token !== undefined && { 'x-consul-token': token }),
    'content-type': 'application/json',
  };
  return async (path, { method = 'GET', body, timeoutMs, signal }) => {
    const late = AbortSignal.timeout(timeoutMs);
    const response = await fetch(new URL(path, address), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      redirect: 'error',
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    const text = await response.text();
    if (!response.ok) {
      const told = text.slice(0, mostToldCharacters).trim();
      throw new Error(`Consul answered ${response.status} to ${method} ${path}: ${told}`);
    }
    const index = Number(response.headers.get('x-consul-index') ?? 0);
    return { index, body: text === '' ? undefined : JSON.parse(text) };
  };
}
