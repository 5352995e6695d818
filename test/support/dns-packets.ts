/** As much of RFC 1035 and RFC 2782 as a server needs that answers A, AAAA and SRV. */

export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly address: string; readonly ttl: number }
  | {
      readonly type: 'SRV';
      readonly target: string;
      readonly port: number;
      readonly priority: number;
      readonly ttl: number;
    };

export type DnsQuestion = { readonly name: string; readonly type: DnsRecord['type'] | undefined };

const typeNumbers = { A: 1, AAAA: 28, SRV: 33 } as const;

/** 0: no error, 2: the server failed, 3: no such name. */
export type ResponseCode = 0 | 2 | 3;

const headerBytes = 12;

export function questionIn(query: Buffer): DnsQuestion {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = query[at] as number; length > 0; length = query[at] as number) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const number = query.readUInt16BE(at + 1);
  const type = (Object.keys(typeNumbers) as DnsRecord['type'][]).find(
    (one) => typeNumbers[one] === number,
  );
  return { name: labels.join('.').toLowerCase(), type };
}

export function response(query: Buffer, code: ResponseCode, records: readonly DnsRecord[]): Buffer {
  const questionEnd = query.indexOf(0, headerBytes) + 5;
  const header = Buffer.alloc(headerBytes);
  query.copy(header, 0, 0, 2);
  // A response, authoritative, recursion desired and available.
  header.writeUInt16BE(0x8580 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([
    header,
    query.subarray(headerBytes, questionEnd),
    ...records.map(recordBytes),
  ]);
}

function recordBytes(record: DnsRecord): Buffer {
  const data = dataOf(record);
  const head = Buffer.alloc(12);
  // A pointer to the name in the question.
  head.writeUInt16BE(0xc000 | headerBytes, 0);
  head.writeUInt16BE(typeNumbers[record.type], 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(record.ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function dataOf(record: DnsRecord): Buffer {
  if (record.type === 'SRV') return serviceBytes(record);
  if (record.type === 'A') return Buffer.from(record.address.split('.').map(Number));
  return sixBytes(record.address);
}

function serviceBytes(record: Extract<DnsRecord, { type: 'SRV' }>): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(record.priority, 0);
  head.writeUInt16BE(record.port, 4);
  return Buffer.concat([head, nameBytes(record.target)]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${'\0'}${label}`, 'latin1'));
  for (const label of labels) label[0] = label.length - 1;
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}

/** Of an address with at most one `::`. */
function sixBytes(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail.split(':').filter(Boolean);
  const zeros = new Array<string>(8 - before.length - after.length).fill('0');
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, at) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), at * 2);
  });
  return bytes;
}
