// A process of its own that decodes pictures: what a hostile one does to it, it does not do to the
// shop. It gets one job at a time and answers each; whoever gave it ends it when it takes too long.
import sharp, { type Metadata } from 'sharp';

import { maxFrames, maxPixels } from '../domain/limits.ts';
import type { Variant } from '../domain/variant.ts';

export type Job =
  | { readonly kind: 'inspect'; readonly path: string; readonly format: string }
  | {
      readonly kind: 'render';
      readonly path: string;
      readonly variant: Variant;
      readonly target: string;
    };

export type Done =
  | { readonly outcome: 'done'; readonly width: number; readonly height: number }
  | { readonly outcome: 'too_large'; readonly pixels: number; readonly frames: number }
  | { readonly outcome: 'unsupported' | 'broken' };

// One job, one thread, nothing remembered: memory is bounded by the largest picture.
sharp.concurrency(1);
sharp.cache(false);

process.on('message', (job: Job) => {
  const work = job.kind === 'inspect' ? inspect(job.path, job.format) : render(job);
  work.catch((): Done => ({ outcome: 'broken' })).then((done) => process.send?.(done));
});
process.once('disconnect', () => process.exit());
// Meant for the shop, and sent to its whole group: what is being made is still waited for.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

async function inspect(path: string, format: string): Promise<Done> {
  const found = await sharp(path, { limitInputPixels: false, pages: 1 }).metadata();
  if (nameOf(found) !== format) return { outcome: 'unsupported' };
  const { width = 0, height = 0, pages: frames = 1 } = found;
  const pixels = width * height;
  if (pixels > maxPixels || frames > maxFrames) return { outcome: 'too_large', pixels, frames };
  // A file may end in the middle of its picture: only decoding tells.
  await sharp(path, { limitInputPixels: maxPixels, failOn: 'truncated' })
    .resize(32)
    .raw()
    .toBuffer();
  const isTurned = (found.orientation ?? 1) >= 5;
  return { outcome: 'done', width: isTurned ? height : width, height: isTurned ? width : height };
}

function nameOf({ format, compression }: Metadata): string {
  return format === 'heif' && compression === 'av1' ? 'avif' : String(format);
}

/** Turns it as its camera says, and drops what else the file tells: place, time, camera, tails. */
async function render({ path, variant, target }: Extract<Job, { kind: 'render' }>): Promise<Done> {
  const { width, height, fit, format } = variant;
  const { width: w, height: h } = await sharp(path, { limitInputPixels: maxPixels })
    .autoOrient()
    .resize({
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      fit,
      withoutEnlargement: true,
      background: { r: 255, g: 255, b: 255, alpha: format === 'jpeg' ? 1 : 0 },
    })
    .toFormat(format, options[format])
    .toFile(target);
  return { outcome: 'done', width: w, height: h };
}

/** Quality for the eye, effort for the processor: avif's own default takes seconds a picture. */
const options = {
  avif: { quality: 55, effort: 3 },
  webp: { quality: 80, effort: 4 },
  jpeg: { quality: 82, mozjpeg: true },
  png: { compressionLevel: 8 },
} as const;
