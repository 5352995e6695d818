import { followStream } from './event-stream.ts';
import type { CallOptions, Outgoing, Send } from './http.ts';

/** One way to make a call: made from the shop's routes. */
export type RouteOf = {
  readonly method: string;
  /** `/api/orders/:orderId` */
  readonly path: string;
  readonly kind: 'command' | 'query' | 'stream' | 'upload' | 'download';
  /** The part of the form that holds the bytes of an upload. */
  readonly file?: string;
};

type Input = Readonly<Record<string, unknown>>;

/** Composes the method of a call. Of several routes it takes the first whose path the input fills. */
export function composeCall(routes: readonly RouteOf[], send: Send) {
  return (input: Input = {}, second?: unknown, third?: CallOptions): unknown => {
    const route = routes.find(({ path }) => parametersOf(path).every((name) => name in input));
    if (!route)
      throw new TypeError(`This call wants ${routes.map(({ path }) => path).join(' or ')}.`);
    if (route.kind === 'upload') return upload(route, input, second as Blob, third ?? {}, send);
    const options = (second ?? {}) as CallOptions;
    const outgoing = outgoingOf(route, input, options);
    if (route.kind === 'stream') return followStream(send, outgoing, options);
    if (route.kind === 'download') return send(outgoing, options);
    return send(outgoing, options).then(answerOf);
  };
}

/** Every item of a list, page after page. */
export async function* eachOf<Item>(
  list: (cursor: string | undefined) => Promise<{
    readonly items: readonly Item[];
    readonly nextCursor: string | null;
  }>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

function outgoingOf({ method, path, kind }: RouteOf, input: Input, options: CallOptions): Outgoing {
  const [filled, rest] = fill(path, input);
  const isRead = method === 'GET' || method === 'DELETE';
  const headers = {
    ...(kind === 'stream' && { accept: 'text/event-stream' }),
    ...(kind === 'command' && keyOf(options)),
    ...(!isRead && { 'content-type': 'application/json' }),
  };
  const flows = kind === 'stream' || kind === 'download';
  if (isRead) return { method, path: filled + queryOf(rest), headers, flows };
  return { method, path: filled, headers, body: JSON.stringify(rest) };
}

async function upload(
  { method, path, file = 'file' }: RouteOf,
  input: Input,
  bytes: Blob,
  options: CallOptions,
  send: Send,
): Promise<unknown> {
  const [filled, rest] = fill(path, input);
  const body = new FormData();
  for (const [name, value] of Object.entries(rest)) body.append(name, String(value));
  body.append(file, bytes);
  return await answerOf(
    await send({ method, path: filled, body, headers: keyOf(options) }, options),
  );
}

/** Made here when nobody gave one, so that a try that is repeated is the same command. */
function keyOf({ idempotencyKey = crypto.randomUUID() }: CallOptions) {
  return { 'idempotency-key': idempotencyKey };
}

const parametersOf = (path: string) => [...path.matchAll(/(?<=:)\w+/g)].map(([name]) => name);

/** The path with its parameters, and what of the input is left. */
function fill(path: string, input: Input): readonly [string, Input] {
  const names = new Set(parametersOf(path));
  const filled = path.replace(/:(\w+)/g, (_, name) => encodeURIComponent(String(input[name])));
  const rest = Object.entries(input).filter(
    ([name, value]) => !names.has(name) && value !== undefined,
  );
  return [filled, Object.fromEntries(rest)];
}

function queryOf(input: Input): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.size === 0 ? '' : `?${query}`;
}
