import { join } from 'node:path';
import express from 'express';
import sharp from 'sharp';

/** A bare Express handler that resizes one picture with sharp. Its port and folder are arguments. */
const [port, folder] = [Number(process.argv[2]), process.argv[3] ?? '.'];
const original = join(folder, 'original');

const app = express();
app.get('/picture', async (request, response) => {
  const [width, height] = [Number(request.query.w), Number(request.query.h)];
  const bytes = await sharp(original).resize({ width, height, fit: 'cover' }).webp().toBuffer();
  response.type('image/webp').send(bytes);
});
app.get('/same', (_request, response) => response.sendFile('same.webp', { root: folder }));
app.listen(port, '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
