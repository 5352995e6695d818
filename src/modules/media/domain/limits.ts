/**
 * Pixels of a picture at most: 40 megapixels, what good phones make. libvips itself would take
 * 268 million (16383²), of which each costs four bytes and more to decode.
 */
export const maxPixels = 40_000_000;

/** Frames of an animation at most. Only the first is shown, but all are counted to read it. */
export const maxFrames = 300;

/** What one customer may keep: administrators and the shop itself keep what they need. */
export const maxImagesOfUser = 200;
export const maxBytesOfUser = 500 * 2 ** 20;
