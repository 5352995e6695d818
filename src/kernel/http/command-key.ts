import { randomUUID } from 'node:crypto';
import type { Request } from 'express';

import { isCommand } from '../contract.ts';
import type { Actor } from '../ports/call-context.ts';
import type { Ids } from '../ports/ids.ts';
import { edgeFailures } from './edge-failures.ts';
import type { Route } from './route.ts';

/** Answers the idempotency key of a request's call. */
export type ReadKey = (request: Request, actor: Actor) => string;

const visibleAscii = /^[\x21-\x7e]{1,255}$/;

/**
 * Composes how a route finds its key. A client's key counts for that user and route only, so that
 * nobody can meet another's answer by guessing a key. Without one every request is a command of its
 * own. Throws `idempotency_key_required` or `idempotency_key_invalid`.
 */
export function composeKey({ call, method, path, key }: Route, ids: Ids): ReadKey {
  if (!isCommand(call)) return () => '';
  return ({ headers }, actor) => {
    const told = headers['idempotency-key'];
    if (told === undefined) {
      if (key === 'required') throw edgeFailures.idempotencyKeyRequired();
      // Sealed answers are as safe as their key: a UUIDv7 has too few bits that nobody can guess.
      return `edge:${call.secret ? randomUUID() : ids.next()}`;
    }
    // Node joins a header that comes twice with a comma and a space, which no key may hold.
    if (!visibleAscii.test(String(told))) throw edgeFailures.idempotencyKeyInvalid();
    const scope = actor.kind === 'anyone' ? 'anyone' : actor.id;
    return `edge:${scope}:${method} ${path}:${told}`;
  };
}
