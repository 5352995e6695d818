/**
 * Draws the pictures of the demo catalogue beside this file: `npm run demo:pictures`. They are
 * committed, so that a first start need not draw.
 */
import sharp from 'sharp';

import { goods } from '../domain/goods.ts';
import { drawingOf } from './drawings.ts';

for (const good of goods) {
  const file = new URL(`./${good.picture}.webp`, import.meta.url);
  await sharp(Buffer.from(drawingOf(good)))
    .webp({ quality: 82, effort: 6 })
    .toFile(file.pathname);
}
process.stdout.write(`${goods.length} pictures drawn\n`);
