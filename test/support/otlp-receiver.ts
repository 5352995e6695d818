import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

import { fileEnd } from '#test/file-end';

type Facts = Readonly<Record<string, unknown>>;

/** A span as a collector gets it. `parentSpanId` is empty for the first of its trace. */
export type ReceivedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly facts: Facts;
  readonly isBroken: boolean;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** Facts about the process that sent it. */
  readonly service: Facts;
};

export type ReceivedMetric = { readonly name: string; readonly points: readonly object[] };
export type ReceivedLine = { readonly body: string; readonly level: string; readonly facts: Facts };

/** A collector of the tests' own: OTLP over HTTP in JSON, kept in memory. */
export type OtlpReceiver = {
  readonly spans: readonly ReceivedSpan[];
  readonly metrics: readonly ReceivedMetric[];
  readonly lines: readonly ReceivedLine[];
  /** All that was sent, as it came: to look for what must never be in it. */
  text(): string;
  /** The settings that make a shop tell this receiver, at once and in JSON. */
  readonly env: Readonly<Record<string, string>>;
};

/** Receives until the test file ends. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const kept = { spans: [] as ReceivedSpan[], metrics: [] as ReceivedMetric[] };
  const lines: ReceivedLine[] = [];
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const text = await bodyOf(request);
    bodies.push(text);
    const body = JSON.parse(text);
    if (request.url === '/v1/traces') kept.spans.push(...spansIn(body));
    if (request.url === '/v1/metrics') kept.metrics.push(...metricsIn(body));
    if (request.url === '/v1/logs') lines.push(...linesIn(body));
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  fileEnd.after(() => server.closeAllConnections());
  fileEnd.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { ...kept, lines, text: () => bodies.join('\n'), env: envTowards(port) };
}

export type DeafReceiver = Pick<OtlpReceiver, 'env'> & {
  /** How many wait for its answer now. */
  asked(): number;
};

/** Takes every connection and answers nothing: a collector that hangs. */
export async function startDeafReceiver(): Promise<DeafReceiver> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.resume();
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  fileEnd.after(() => {
    server.close();
    // An answer in the end, or the exporter would go on trying for minutes.
    for (const socket of sockets) socket.end('HTTP/1.1 400 No\r\ncontent-length: 0\r\n\r\n');
  });
  return { env: envTowards((server.address() as AddressInfo).port), asked: () => sockets.size };
}

export function envTowards(port: number): Record<string, string> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_BLRP_SCHEDULE_DELAY: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
    OTEL_METRIC_EXPORT_TIMEOUT: '200',
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{}');
}

type Attribute = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };

// biome-ignore lint/suspicious/noExplicitAny: the protocol's own shapes, of which the tests read a few fields.
type Sent = any;

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const statusError = 2;

function spansIn(body: Sent): ReceivedSpan[] {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }: Sent) =>
    scopeSpans.flatMap(({ spans }: Sent) =>
      spans.map((span: Sent) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: kinds[span.kind],
        facts: factsOf(span.attributes),
        isBroken: span.status?.code === statusError,
        links: (span.links ?? []).map(({ traceId, spanId }: Sent) => ({ traceId, spanId })),
        service: factsOf(resource.attributes),
      })),
    ),
  );
}

function metricsIn(body: Sent): ReceivedMetric[] {
  return body.resourceMetrics.flatMap(({ scopeMetrics }: Sent) =>
    scopeMetrics.flatMap(({ metrics }: Sent) =>
      metrics.map(({ name, sum, gauge, histogram }: Sent) => ({
        name,
        points: (sum ?? gauge ?? histogram).dataPoints,
      })),
    ),
  );
}

function linesIn(body: Sent): ReceivedLine[] {
  return body.resourceLogs.flatMap(({ scopeLogs }: Sent) =>
    scopeLogs.flatMap(({ logRecords }: Sent) =>
      logRecords.map(({ body: said, severityText, attributes }: Sent) => ({
        body: said.stringValue,
        level: severityText,
        facts: factsOf(attributes),
      })),
    ),
  );
}

function factsOf(attributes: readonly Attribute[] = []): Facts {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
