import { deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** A picture with something to see: its left half red, its right half blue. */
export async function picture(
  width = 60,
  height = 40,
  format: 'png' | 'jpeg' | 'webp' | 'avif' | 'gif' = 'png',
): Promise<Buffer> {
  const blue = { create: { width, height, channels: 3 as const, background: '#0000ff' } };
  const half = Math.max(1, Math.floor(width / 2));
  const red = await sharp({ create: { ...blue.create, width: half, background: '#ff0000' } })
    .png()
    .toBuffer();
  return await sharp(blue)
    .composite([{ input: red, left: 0, top: 0 }])
    .toFormat(format)
    .toBuffer();
}

/** 14,000 by 14,000 pixels in some 600 KB: 600 MB and more to decode. */
export function bombPng(side = 14_000): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((side * 3 + 1) * side), { level: 9 });
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND')]);
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** Of ISO 3309, as PNG wants it. */
function crc32(bytes: Buffer): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}

/** A gif of one pixel, over and over. */
export function framesGif(frames: number): Buffer {
  const head = Buffer.from('474946383961010001008000000000ff00ff00', 'hex');
  const loop = Buffer.from('21ff0b4e45545343415045322e300301000000', 'hex');
  const frame = Buffer.from('21f904000a0000002c000000000100010000020244010000'.slice(0, 46), 'hex');
  return Buffer.concat([
    head,
    loop,
    ...Array.from({ length: frames }, () => frame),
    Buffer.from(';'),
  ]);
}

export const svgWithScript = Buffer.from(
  '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
);

/** Bytes as they come in from a door, a few at a time. */
export async function* inChunks(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
