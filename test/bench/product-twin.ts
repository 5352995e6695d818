import { join } from 'node:path';
import express from 'express';

import { TwinDatabase } from './twin-database.ts';

/** A bare Express handler that reads one product, and nothing else. Its port and folder are arguments. */
const [port, folder] = [Number(process.argv[2]), process.argv[3] ?? '.'];
const catalog = new TwinDatabase(join(folder, 'catalog.sqlite'), []);

type Row = {
  price_amount: number;
  price_currency: string;
  metadata: string;
  image_ids: string;
};

const app = express();
app.get('/api/products/:id', (request, response) => {
  const row = catalog.get<Row>('select * from products where id = ?', request.params.id);
  if (!row) return void response.status(404).end();
  const { price_amount: amount, price_currency: currency, metadata, image_ids, ...product } = row;
  response.json({
    ...product,
    price: { amount, currency },
    metadata: JSON.parse(metadata),
    imageIds: JSON.parse(image_ids),
  });
});
app.listen(port, '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
