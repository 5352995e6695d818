import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { type DnsRecord, questionIn, response } from './dns-packets.ts';

/** How the server takes questions: as it should, as if no name existed, with an error, or not at all. */
export type DnsManner = 'answers' | 'nxdomain' | 'servfail' | 'silent';

export type DnsServer = {
  /** `127.0.0.1:5353` */
  readonly address: string;
  /** What was asked, oldest first: `SRV _internal._tcp.orders`. */
  readonly asked: readonly string[];
  /** Replaces the records of a name. None means that the name does not exist. */
  put(name: string, records: readonly DnsRecord[]): void;
  /** Fails questions for this name only, until it is put again. */
  fail(name: string): void;
  behave(manner: DnsManner): void;
  close(): Promise<void>;
};

/** A DNS server over UDP, on a free port of 127.0.0.1. */
export async function startDnsServer(): Promise<DnsServer> {
  const zone = new Map<string, readonly DnsRecord[] | 'servfail'>();
  const asked: string[] = [];
  let manner: DnsManner = 'answers';
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type } = questionIn(query);
    asked.push(`${type} ${name}`);
    if (manner === 'silent') return;
    const records = zone.get(name) ?? [];
    const code = codeOf(records);
    const answers =
      code === 0 && records !== 'servfail' ? records.filter((record) => record.type === type) : [];
    socket.send(response(query, code, answers), port, address);
  });
  function codeOf(records: readonly DnsRecord[] | 'servfail'): 0 | 2 | 3 {
    if (manner === 'servfail' || records === 'servfail') return 2;
    return manner === 'nxdomain' || records.length === 0 ? 3 : 0;
  }
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    put: (name, records) => zone.set(name.toLowerCase(), records),
    fail: (name) => zone.set(name.toLowerCase(), 'servfail'),
    behave(next) {
      manner = next;
    },
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
