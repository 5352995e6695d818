import type { Image } from '../contract.ts';
import type { Variant } from '../domain/variant.ts';

/** What is known of a picture before it is decoded, and that decoding it went well. */
export type Inspected = Pick<Image, 'width' | 'height'>;

/** Where pictures are decoded: apart from the shop, with limits. */
export type Darkroom = {
  /**
   * Reads a picture's size, then decodes it once. Throws `imageTooLarge` before anything is decoded,
   * `unsupportedImage` when it is not of this format, `brokenImage`, `mediaBusy`.
   */
  inspect(path: string, format: Image['format']): Promise<Inspected>;
  /** Writes a variant to `target`. Throws `brokenImage`, `mediaBusy`. */
  render(path: string, variant: Variant, target: string): Promise<void>;
};
