import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

import type { AppProcess } from '#test/app-process';
import { type Customer, logInAdmin } from '#test/customer';
import { freePort } from '#test/free-port';

import { load, requestText } from './http-load.ts';
import { type Measured, type Subject, sideBySide } from './measure.ts';
import { startTwin, stopTwin } from './twin-process.ts';

const viewers = 8;
const variantsARound = 32;
const viewsARound = 2000;

/** A running shop, and a folder for what stands beside it. */
type Bench = { readonly app: AppProcess; readonly port: number; readonly folder: string };

/** Shapes that nobody has asked for before, and one that was made long ago. */
export type PictureBench = {
  readonly made: readonly Measured[];
  readonly kept: readonly Measured[];
};

/** Shows one photograph of twelve megapixels, beside a handler that has nothing but sharp. */
export async function benchPictures({ app, port, folder }: Bench): Promise<PictureBench> {
  const original = await photograph();
  const mediaId = await upload(await logInAdmin(app.url), original);
  const address = `/api/media/${mediaId}?fit=cover&format=webp`;
  const same = await fetch(`${app.url}${address}&w=640&h=480`);

  const twinFolder = join(folder, 'picture-twin');
  mkdirSync(twinFolder);
  writeFileSync(join(twinFolder, 'original'), original);
  writeFileSync(join(twinFolder, 'same.webp'), await same.bytes());
  const twinPort = await freePort();
  const twin = await startTwin('picture-twin', twinPort, twinFolder);
  const fresh = (name: string, at: number, path: string): Subject => {
    const next = freshShapes();
    return {
      name,
      run: (times) => load(at, viewers, times, 200, () => requestText(`GET ${path}${next()}`)),
    };
  };
  const seen = (name: string, at: number, path: string): Subject => {
    const request = requestText(`GET ${path}`);
    return { name, run: (times) => load(at, viewers, times, 200, () => request) };
  };
  const made = [
    fresh('seamline image variant, made', port, `${address}&`),
    fresh('bare Express 5 and sharp, same shape', twinPort, '/picture?'),
  ];
  const kept = [
    seen('seamline image variant, made before', port, `${address}&w=640&h=480`),
    seen('bare Express 5 sendFile, same bytes', twinPort, '/same'),
  ];
  const measured = {
    made: await sideBySide(made, { rounds: 5, times: variantsARound }),
    kept: await sideBySide(kept, { rounds: 5, times: viewsARound }),
  };
  await stopTwin(twin);
  return measured;
}

/** Some 640 by 480 pixels each, and no two the same. */
function freshShapes(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `w=${600 + (count % 80)}&h=${460 + Math.floor(count / 80)}`;
  };
}

/** Grain on every pixel, as in a photograph: what is all one colour is decoded for nothing. */
async function photograph(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const;
  const create = { width: 4000, height: 3000, channels: 3, background: '#777', noise } as const;
  return await sharp({ create }).blur(2).jpeg({ quality: 85 }).toBuffer();
}

async function upload({ url, token }: Customer, bytes: Buffer): Promise<string> {
  const body = new FormData();
  body.append('file', new Blob([new Uint8Array(bytes)]), 'photograph.jpg');
  const headers = { authorization: `Bearer ${token}`, 'idempotency-key': 'photograph' };
  const response = await fetch(`${url}/api/media`, { method: 'POST', headers, body });
  const { id } = (await response.json()) as { id: string };
  return id;
}
