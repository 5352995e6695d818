import type { Call, CallDeclaration, InputOf, OutputOf } from '../contract.ts';
import type { Actor } from '../ports/call-context.ts';

/** What a route may look at beside the body, the query and the path, which become the input themselves. */
export type RouteRequest = {
  readonly actor: Actor;
  /** The value of a header, by its lower-case name. */
  header(name: string): string | undefined;
  /** What an upload says of its file: somebody's words, no name of a place and no proof of a type. */
  readonly file?: { readonly name: string; readonly type: string };
};

/** A status other than the route's, and headers. `body` replaces the output when it is there. */
export type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** How one item of a stream is named on the wire of server-sent events; its data is the whole item. */
export type StreamEvent = { readonly id?: string; readonly event?: string };

/** Who may come in. What they may do with which row is the module's own decision. */
export type Access = 'anyone' | 'user' | 'admin';

/**
 * A public door to a call, as data: the gateway reads it without loading the module.
 * The call's input is the JSON body (the query string on GET and DELETE) with the path parameters
 * (`/api/orders/:orderId` fills `orderId`) and the fields of `from`, which clients may not send.
 * Unknown fields are refused. A stream answers server-sent events.
 */
export type Route = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly call: Call;
  readonly access: Access;
  /** The status of success; 200, or 204 when `reply` leaves no body. */
  readonly status: number;
  /** `required`: a command without an `Idempotency-Key` header is refused with 400. */
  readonly key: 'required' | 'optional';
  readonly from: Readonly<Record<string, (request: RouteRequest) => unknown>>;
  /**
   * Asked after the call, with what it answered; its answer is then the output that is replied. Where
   * there is none in time, what the call answered is: both are of one shape.
   */
  readonly followedBy: FollowUp | undefined;
  /** Shapes the answer. It may throw a failure of the contract: the answer to who asks over HTTP. */
  readonly reply: ((output: unknown, request: RouteRequest) => Reply) | undefined;
  /**
   * The field of the input that gets the body as text, byte for byte as it was sent (a signature
   * covers it); then the body fills no other field and may be of any content type.
   */
  readonly rawBody: string | undefined;
  /** The part of a form (multipart/form-data) that holds the bytes of an upload; other parts fill the input. */
  readonly file: string | undefined;
  /** Bytes of an upload at most. */
  readonly maxBytes: number;
  /** One of several parts of an answer: see `part`. */
  readonly part: boolean;
  /** Names the items of a stream: `id` comes back as `Last-Event-ID` when a client reconnects. */
  readonly event: ((item: unknown) => StreamEvent) | undefined;
  /** Headers to name in the documentation, each with its meaning. */
  readonly headers: Readonly<Record<string, string>>;
  /** Statuses of success that `reply` may choose beside `status`, each with its meaning. */
  readonly otherStatuses: Readonly<Record<number, string>>;
  /** A tighter limit than the gateway's own for what invites guessing: tries a minute, per network. */
  readonly perMinute: number | undefined;
};

export type FollowUp = {
  readonly call: Call;
  readonly input: (output: unknown, request: RouteRequest) => unknown;
};

type RouteParts<D extends Call, Then extends Call> = {
  access: Access;
  status?: number;
  key?: 'required';
  from?: {
    readonly [K in keyof InputOf<D>]?: (request: RouteRequest) => InputOf<D>[K] | undefined;
  };
  /** A query of the same contract and output, such as one that waits for how a command ends. */
  followedBy?: {
    readonly call: OutputOf<D> extends OutputOf<Then> ? Then : never;
    readonly input: (output: OutputOf<D>, request: RouteRequest) => InputOf<Then>;
  };
  reply?: (output: OutputOf<Then>, request: RouteRequest) => Reply;
  rawBody?: keyof InputOf<D> & string;
  /** `file` where nothing else is said. Only uploads have one. */
  file?: string;
  /** Bytes of an upload at most; 1 MiB where nothing else is said. */
  maxBytes?: number;
  event?: (item: OutputOf<D>) => StreamEvent;
  otherStatuses?: Readonly<Record<number, string>>;
  headers?: Readonly<Record<string, string>>;
  perMinute?: number;
};

/** `route('PUT /api/inventory/:productId', inventory.calls.updateStock, { access: 'admin' })` */
export function route<D extends Call, Then extends Call = D>(
  methodAndPath: `${Route['method']} /${string}`,
  call: D,
  parts: RouteParts<D, Then>,
): Route {
  const [method, path] = methodAndPath.split(' ') as [Route['method'], string];
  return {
    method,
    path,
    call,
    access: parts.access,
    status: parts.status ?? 200,
    key: parts.key ?? 'optional',
    from: (parts.from ?? {}) as Route['from'],
    followedBy: parts.followedBy as FollowUp | undefined,
    reply: parts.reply as Route['reply'],
    rawBody: parts.rawBody,
    file: call.kind === 'upload' ? (parts.file ?? 'file') : undefined,
    maxBytes: parts.maxBytes ?? 2 ** 20,
    part: false,
    event: parts.event as Route['event'],
    headers: parts.headers ?? {},
    otherStatuses: parts.otherStatuses ?? {},
    perMinute: parts.perMinute,
  };
}

/**
 * A module's part of an answer that several modules give together. All parts of the same method and
 * path are asked together and answered one after another as one object, a list for each contract:
 * `{"orders":[…],"payments":[…]}`. The call is a stream; its items are the list.
 */
export function part<D extends Call<CallDeclaration<'stream'>>>(
  methodAndPath: `GET /${string}`,
  call: D,
  parts: Pick<RouteParts<D, D>, 'access' | 'from' | 'perMinute'>,
): Route {
  return { ...route<D, D>(methodAndPath, call, parts), part: true };
}

/** Every call that the routes name: all that whoever serves them may be granted. */
export function callsOfRoutes(routes: readonly Route[]): readonly Call[] {
  return routes.flatMap(({ call, followedBy }) => (followedBy ? [call, followedBy.call] : [call]));
}
