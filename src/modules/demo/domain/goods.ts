/** What the demo shop sells. Prices are in minor units of EUR. */
export type Good = {
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly onHand: number;
  /** The picture's file, without its ending. */
  readonly picture: string;
  readonly shape: Shape;
  readonly colour: Colour;
};

export type Shape =
  | 'mug'
  | 'bowl'
  | 'teapot'
  | 'vase'
  | 'candle'
  | 'lamp'
  | 'notebook'
  | 'cushion'
  | 'plant'
  | 'clock';

export type Colour = 'clay' | 'moss' | 'night';

type Kind = {
  readonly name: string;
  readonly says: string;
  readonly price: number;
  readonly onHand: number;
};

/** One of these has a single unit left, for two buyers to meet over. */
const kinds: Readonly<Record<Shape, Kind>> = {
  mug: {
    name: 'Mug',
    says: 'Holds a third of a litre and keeps it warm.',
    price: 1450,
    onHand: 80,
  },
  bowl: {
    name: 'Bowl',
    says: 'Deep enough for soup, wide enough for salad.',
    price: 1890,
    onHand: 60,
  },
  teapot: { name: 'Teapot', says: 'Pours without a drop on the table.', price: 4900, onHand: 25 },
  vase: {
    name: 'Vase',
    says: 'Thrown by hand: each one a little different.',
    price: 3600,
    onHand: 30,
  },
  candle: {
    name: 'Candle',
    says: 'Beeswax. Burns for about forty hours.',
    price: 990,
    onHand: 200,
  },
  lamp: { name: 'Desk lamp', says: 'Warm light where you want it.', price: 7900, onHand: 15 },
  notebook: {
    name: 'Notebook',
    says: 'Two hundred dotted pages that lie flat.',
    price: 1290,
    onHand: 150,
  },
  cushion: {
    name: 'Cushion',
    says: 'Linen, filled with wool. 45 by 45 cm.',
    price: 3200,
    onHand: 40,
  },
  plant: {
    name: 'Potted fig',
    says: 'Likes light, forgives a forgotten week.',
    price: 2750,
    onHand: 20,
  },
  clock: { name: 'Wall clock', says: 'Silent: no ticking at night.', price: 5400, onHand: 12 },
};

const colours: Readonly<Record<Colour, string>> = {
  clay: 'in clay',
  moss: 'in moss green',
  night: 'in night blue',
};

/** Thirty products: ten kinds in three colours. The night blue clock is the last of its kind. */
export const goods: readonly Good[] = Object.entries(kinds).flatMap(([shape, kind]) =>
  Object.entries(colours).map(([colour, worded]) => ({
    sku: `demo-${shape}-${colour}`,
    name: `${kind.name} ${worded}`,
    description: kind.says,
    price: kind.price,
    onHand: shape === 'clock' && colour === 'night' ? 1 : kind.onHand,
    picture: `${shape}-${colour}`,
    shape: shape as Shape,
    colour: colour as Colour,
  })),
);
