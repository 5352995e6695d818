import { migration } from '#kernel/stores/migration';

/** Which products show a picture: asked for when a picture is deleted. */
export const productImages = migration('0002-product-images', (dialect) => [
  `create table product_images (
    image_id text not null,
    product_id text not null,
    primary key (image_id, product_id)
  )`,
  'create index product_images_by_product on product_images (product_id)',
  dialect === 'sqlite'
    ? `insert into product_images (image_id, product_id)
       select distinct shown.value, products.id from products, json_each(products.image_ids) shown`
    : `insert into product_images (image_id, product_id)
       select distinct shown.value, products.id
       from products, json_array_elements_text(products.image_ids::json) shown (value)`,
]);
