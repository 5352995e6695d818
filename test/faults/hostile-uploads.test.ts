import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { temporaryFolder } from '#test/temp-folder';

import { sendHostileUploads } from './hostile-uploads.ts';

test('whatever is sent as a picture is answered in words, costs little, and leaves nothing', async () => {
  const dataDir = temporaryFolder(fileEnd);
  const outcomes = await sendHostileUploads({ port: await freePort(), dataDir });
  assert.deepEqual(
    outcomes.map(({ what, answer, filesLeft }) => [what, answer, filesLeft]),
    [
      ['a good picture', '201', 1],
      ['PNG of 14,000 × 14,000 pixels', '422 image_too_large', 0],
      ['GIF of 100,000 frames', '422 image_too_large', 0],
      ['SVG with a script', '422 unsupported_image', 0],
      ['a program called .png', '422 unsupported_image', 0],
      ['the magic of a PNG, then noise', '422 unsupported_image', 0],
      ['a picture with a script behind it', '201', 1],
      ['a picture called ../../../../evil.png', '201', 1],
      ['200 MB, and it says so', '413 too_large', 0],
      ['200 MB, and it says 1 MB', '400 malformed_request', 0],
      ['half a picture, then nothing', '422 broken_image', 0],
      ['a stream that breaks', 'broken off', 0],
    ],
  );
  // The bomb alone would be 588 MB decoded.
  for (const { what, peakMb } of outcomes) assert.ok(peakMb < 450, `${what}: ${peakMb} MB`);
});
