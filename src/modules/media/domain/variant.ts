import type { Image, ImageFormat } from '../contract.ts';

/** A picture's shape, as it is asked for. */
export type Shape = {
  readonly w?: number;
  readonly h?: number;
  readonly fit?: 'inside' | 'cover' | 'contain';
  readonly format?: ImageFormat;
};

/** A picture's shape, decided: one name for everything that comes to the same. */
export type Variant = {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly fit: 'inside' | 'cover' | 'contain';
  readonly format: ImageFormat;
  /** `800x600-cover.webp`: the name of its file, and what tells it apart in an ETag. */
  readonly name: string;
};

/** No side is made longer than this, whatever the picture. */
const longestSide = 4000;

/**
 * Decides the shape. A side that is not given follows from the picture's proportions, and no side
 * grows: a box larger than the picture comes to the picture itself.
 */
export function variantOf(
  shape: Shape,
  image: Pick<Image, 'width' | 'height' | 'format'>,
): Variant {
  const { w, h, format = formatOf(image.format) } = shape;
  const width = w === undefined ? undefined : Math.min(w, image.width);
  const height = h === undefined ? undefined : Math.min(h, image.height);
  if (width === undefined && height === undefined) {
    const isLarge = Math.max(image.width, image.height) > longestSide;
    if (!isLarge) return named({ width: undefined, height: undefined, fit: 'inside', format });
    return named({ width: longestSide, height: longestSide, fit: 'inside', format });
  }
  if (width !== undefined && height !== undefined) {
    return named({ width, height, fit: shape.fit ?? 'inside', format });
  }
  const follows = width === undefined ? (height ?? 0) * image.width : width * image.height;
  const isLong = follows > longestSide * (width === undefined ? image.height : image.width);
  const bound = isLong ? longestSide : undefined;
  return named({ width: width ?? bound, height: height ?? bound, fit: 'inside', format });
}

export const mediaTypes: Readonly<Record<ImageFormat, string>> = {
  avif: 'image/avif',
  webp: 'image/webp',
  jpeg: 'image/jpeg',
  png: 'image/png',
};

function named(variant: Omit<Variant, 'name'>): Variant {
  const { width, height, fit, format } = variant;
  const box =
    width === undefined && height === undefined ? 'whole' : `${width ?? ''}x${height ?? ''}-${fit}`;
  return { ...variant, name: `${box}.${format}` };
}

/** What a picture is shown as where nobody asks for a format: a gif's first frame as webp. */
function formatOf(format: Image['format']): ImageFormat {
  return format === 'gif' ? 'webp' : format;
}
