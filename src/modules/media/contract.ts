import { command, defineContract, download, event, query, stream, upload } from '#kernel/contract';
import { failure } from '#kernel/failure';
import {
  FileHead,
  Id,
  oneOf,
  PageRequest,
  page,
  type Static,
  Timestamp,
  Type,
} from '#kernel/schema';

/** Bytes of an upload at most. */
export const maxUploadBytes = 20 * 2 ** 20;

/** What pictures are made of when they leave: nothing is served as it was uploaded. */
export const ImageFormat = oneOf('avif', 'webp', 'jpeg', 'png');
export type ImageFormat = Static<typeof ImageFormat>;

/** Pixels of a side. Pictures are never made larger than they are. */
const Side = Type.Integer({ minimum: 1, maximum: 4000 });

/**
 * `inside` keeps the proportions within the box, `cover` fills it and cuts what overlaps, `contain`
 * fills it up with a background. They matter where both sides are given.
 */
const Shape = {
  w: Type.Optional(Side),
  h: Type.Optional(Side),
  fit: Type.Optional(oneOf('inside', 'cover', 'contain')),
  format: Type.Optional(ImageFormat),
};

export const Image = Type.Object({
  id: Id,
  /** Null when the shop itself has put it there. */
  ownerId: Type.Union([Id, Type.Null()]),
  /** What was uploaded, found out from its bytes. */
  format: oneOf('png', 'jpeg', 'webp', 'avif', 'gif'),
  width: Type.Integer(),
  height: Type.Integer(),
  bytes: Type.Integer(),
  createdAt: Timestamp,
});
export type Image = Static<typeof Image>;

const OneImage = Type.Object({ mediaId: Id });

/** Keeps pictures, and shows them in any size. */
export const media = defineContract('media', {
  calls: {
    /**
     * Keeps a picture: png, jpeg, webp, avif or gif (of which the first frame is shown). Repeating it
     * with the same key answers the first picture, whatever the bytes. Refused: `unsupportedImage`,
     * `imageTooLarge`, `brokenImage`, `quotaExceeded`; `mediaBusy` and `storageUnavailable` pass.
     */
    uploadImage: upload('Keeps a picture.', { input: Type.Object({}), output: Image }),

    /** A picture in the shape that is asked for, made once and kept for who asks again. */
    getImage: download('Shows a picture, resized and re-encoded.', {
      input: Type.Object({ mediaId: Id, ...Shape, known: Type.Optional(Type.String()) }),
      output: FileHead,
    }),

    /** Makes a shape of a picture ahead of time. Repeating it makes nothing. */
    processImage: command('Makes a shape of a picture ahead of time.', {
      input: Type.Object({ mediaId: Id, ...Shape }),
      output: Type.Object({ bytes: Type.Integer() }),
    }),

    /** Those of the pictures that exist, in no order. Has no public route. */
    describeMedia: query('Tells which of some pictures exist.', {
      input: Type.Object({ mediaIds: Type.Array(Id, { maxItems: 100 }) }),
      output: Type.Object({ items: Type.Array(Image) }),
    }),

    listMedia: query('Lists the pictures that I have uploaded, the newest first.', {
      input: Type.Object(PageRequest),
      output: page(Image),
    }),

    /** For its owner and administrators. Repeating it refuses with `unknownMedia`, or answers by its key. */
    deleteMedia: command('Deletes a picture.', { input: OneImage, output: Type.Object({}) }),

    exportAccount: stream('Everything kept about a user.', {
      input: Type.Object({ userId: Id }),
      output: Type.Object({ kind: oneOf('image'), image: Image, url: Type.String() }),
    }),
  },

  events: {
    mediaUploaded: event('A picture is there.', {
      subject: 'mediaId',
      data: Type.Object({ mediaId: Id, ownerId: Image.properties.ownerId }),
    }),
    mediaDeleted: event('A picture is gone.', {
      subject: 'mediaId',
      data: Type.Object({ mediaId: Id }),
    }),
  },

  errors: {
    unknownMedia: failure('not_found', 'There is no such picture.'),
    unsupportedImage: failure(
      'invalid',
      'This is no picture that is kept here: png, jpeg, webp, avif and gif are.',
    ),
    brokenImage: failure('invalid', 'The picture is damaged, or takes too long to read.'),
    imageTooLarge: failure(
      'invalid',
      'The picture has too many pixels or frames.',
      Type.Object({
        pixels: Type.Integer(),
        maxPixels: Type.Integer(),
        frames: Type.Integer(),
        maxFrames: Type.Integer(),
      }),
    ),
    quotaExceeded: failure(
      'conflict',
      'You keep as many pictures here as you may: delete some first.',
      Type.Object({ maxImages: Type.Integer(), maxBytes: Type.Integer() }),
    ),
    mediaBusy: failure(
      'unavailable',
      'Too many pictures are being made at this moment.',
      Type.Object({ retryAfter: Type.Integer() }),
    ),
    storageUnavailable: failure('unavailable', 'The storage of pictures does not answer.'),
    invalidCursor: failure('malformed', 'The cursor is not one that this list has given.'),
  },
});
