import { generateKeyPairSync, sign, verify } from 'node:crypto';

import type { TwinEvent, TwinWire } from './event-path-twin.ts';

type SignedEvent = {
  readonly id: string;
  readonly text: string;
  readonly signature: string;
};

/**
 * What a careful hand would add where not everybody who may write to the broker is believed: the source
 * signs each message with its Ed25519 key, and nothing else is taken. Both keys are prepared once.
 */
export function signedTwin(wire: TwinWire<SignedEvent>): TwinWire<TwinEvent> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    send: (events) =>
      wire.send(
        events.map((event) => {
          const text = JSON.stringify(event);
          const signature = sign(null, Buffer.from(text), privateKey).toString('base64');
          return { id: event.id, text, signature };
        }),
      ),
    listen: (take) =>
      wire.listen(({ text, signature }) => {
        const isSigned = verify(
          null,
          Buffer.from(text),
          publicKey,
          Buffer.from(signature, 'base64'),
        );
        if (!isSigned) throw new Error('Its source has not signed it.');
        take(JSON.parse(text));
      }),
    close: wire.close,
  };
}
