import { type Static, Type } from '../schema.ts';
import { compileValidator } from '../validator.ts';

const Address = Type.String({
  pattern: '^https?://[^/?#@\\s]+$',
  description: 'Scheme, host and port, nothing after: http://127.0.0.1:4001',
});
const Name = Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' });

const HostSchema = Type.Object(
  {
    modules: Type.Array(Name, {
      minItems: 1,
      uniqueItems: true,
      description: 'The modules that run in this host. `gateway` is the public door.',
    }),
    at: Type.Optional(
      Type.Array(Address, {
        minItems: 1,
        uniqueItems: true,
        description:
          'Where other hosts reach its internal listener, an address for each instance. Left out where discovery finds them.',
      }),
    ),
    public: Type.Optional(
      Type.Array(Address, {
        minItems: 1,
        uniqueItems: true,
        description: 'The public door of each instance, where the gateway runs in this host.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** How a topology is written (JSON Schema 2020-12); published as deploy/topologies/topology.schema.json. */
export const TopologySchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    description: Type.Optional(Type.String({ description: 'What this topology is for.' })),
    calls: Type.Optional(
      Type.Enum(['stream', 'request'], {
        description:
          'How calls travel between hosts: multiplexed on a connection, or one HTTP request each, which a mesh can route and meter. `stream` without.',
      }),
    ),
    events: Type.Optional(
      Type.Enum(['in-process', 'http', 'redis', 'rabbitmq'], {
        description: 'What carries events. `http` without, `in-process` for a single host.',
      }),
    ),
    discovery: Type.Optional(
      Type.Enum(['static', 'dns', 'consul'], {
        description: 'Who knows where hosts are. `static` without: the addresses of this file.',
      }),
    ),
    hosts: Type.Record(Name, HostSchema, {
      minProperties: 1,
      description: 'The hosts by their names. Every module runs in exactly one of them.',
    }),
  },
  { additionalProperties: false },
);

/** Which modules run in which host, where the hosts are, and what carries calls and events. */
export type Topology = Static<typeof TopologySchema>;
export type HostPlan = Static<typeof HostSchema>;

const validator = compileValidator(TopologySchema, { unknownFields: 'refuse' });

/** Reads a topology's text. Answers it, or everything that is wrong with its form, in sentences. */
export function parseTopology(text: string): Topology | readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return [`it is not JSON: ${(error as Error).message}`];
  }
  if (validator.check(value)) return value as Topology;
  return validator
    .errors(value)
    .map(({ field, message }) => `${field === '' ? 'the file' : field} ${message}`);
}
