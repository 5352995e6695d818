import type { AnyContract, EventMaker } from '../contract.ts';
import { type JsonSchema, plain } from '../http/openapi-document.ts';

type Reference = { readonly $ref: string };

/** What can be heard: an event of a contract, as it is on every wire. */
export type Message = {
  /** `orders.orderCompleted`: the `type` of the CloudEvent. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly contentType: 'application/cloudevents+json';
  readonly tags: readonly { readonly name: string }[];
  readonly payload: JsonSchema;
};

export type AsyncApi = {
  readonly asyncapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly defaultContentType: 'application/cloudevents+json';
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly address: string;
        readonly description: string;
        readonly messages: Readonly<Record<string, Reference>>;
      }
    >
  >;
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly action: 'send';
        readonly channel: Reference;
        readonly summary: string;
        readonly messages: readonly Reference[];
      }
    >
  >;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
};

/** Describes what the modules publish as AsyncAPI 3.0: made from contracts alone. */
export function asyncApiOf(contracts: readonly AnyContract[], info: AsyncApi['info']): AsyncApi {
  const publishing = contracts.filter(({ events }) => Object.keys(events).length > 0);
  const messages = publishing.flatMap(({ events }) => Object.values(events).map(messageOf));
  return {
    asyncapi: '3.0.0',
    info,
    defaultContentType: 'application/cloudevents+json',
    channels: Object.fromEntries(
      publishing.map(({ name, events }) => [
        name,
        {
          address: name,
          description: `All events of ${name}, those of one subject in order, each at least once.`,
          messages: Object.fromEntries(
            Object.keys(events).map((event) => [
              event,
              { $ref: `#/components/messages/${name}.${event}` },
            ]),
          ),
        },
      ]),
    ),
    operations: Object.fromEntries(
      publishing.map(({ name, events }) => [
        `${name}.publish`,
        {
          action: 'send',
          channel: { $ref: `#/channels/${name}` },
          summary: `${name} tells what has happened.`,
          messages: Object.keys(events).map((event) => ({
            $ref: `#/channels/${name}/messages/${event}`,
          })),
        },
      ]),
    ),
    components: { messages: Object.fromEntries(messages.map((one) => [one.name, one])) },
  };
}

function messageOf({ contract, event, summary, subjectField, schema }: EventMaker): Message {
  const name = `${contract}.${event}`;
  return {
    name,
    title: event,
    summary,
    contentType: 'application/cloudevents+json',
    tags: [{ name: contract }],
    payload: cloudEventOf(contract, name, subjectField, plain(schema)),
  };
}

/** CloudEvents 1.0 with our two extensions, `sequence` and `traceparent`. */
function cloudEventOf(source: string, type: string, subject: string, data: JsonSchema): JsonSchema {
  const text = { type: 'string' };
  const properties = {
    specversion: { const: '1.0' },
    id: { ...text, format: 'uuid' },
    source: { const: source },
    type: { const: type },
    subject: { ...text, description: `\`data.${subject}\`: events of one subject come in order.` },
    sequence: {
      type: 'integer',
      minimum: 1,
      description: 'Its place in its subject, without gaps.',
    },
    time: { ...text, format: 'date-time' },
    datacontenttype: { const: 'application/json' },
    traceparent: { ...text, description: 'W3C trace context of the change.' },
    data,
  };
  return { type: 'object', required: Object.keys(properties), properties };
}
