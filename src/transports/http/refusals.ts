import type { RemoteGround, WireError } from '#kernel/ports/call-transport';

/** What a transport refuses by itself, as it crosses the wire. */
function refusal(code: string, kind: string, title: string, details: object): WireError {
  return { failure: { contract: 'kernel', code, kind, title, details } };
}

/** The host has not proven that it may speak for the module it speaks for. */
export function forged(caller: string, wanted: string): WireError {
  const title = 'The calling host may not speak for this module.';
  return refusal('caller_not_proven', 'forbidden', title, { caller, call: wanted });
}

/** A module asks for the history of events that it does not hear. */
export function notHeard(source: string): WireError {
  const title = 'No module of the asking host hears these events.';
  return refusal('not_a_hearer', 'forbidden', title, { source });
}

export function tooLarge(call: string, limitBytes: number): WireError {
  const title = 'The payload is larger than calls between hosts may carry.';
  return refusal('payload_too_large', 'too_large', title, { call, limitBytes });
}

/** The JSON of a payload, or the refusal that it is too large, thrown. */
export function jsonWithin(
  value: unknown,
  limitBytes: number,
  call: string,
  ground: RemoteGround,
): string {
  const json = JSON.stringify(value);
  // A character is at most three bytes, so most need not be counted.
  if (json.length * 3 > limitBytes && Buffer.byteLength(json) > limitBytes) {
    throw ground.fromWire(tooLarge(call, limitBytes));
  }
  return json;
}

/** Nothing of it was sent, so it can be asked elsewhere. */
export class NotSent extends Error {
  override readonly name: string = 'NotSent';
}

/** It could not be reached a moment ago, and is left alone for a while, unless nobody else is there. */
export class Resting extends NotSent {
  override readonly name = 'Resting';
}

/** Nor was it for any fault of the instance: so much is under way to it that it takes no more. */
export class NoRoom extends NotSent {
  override readonly name = 'NoRoom';
}
