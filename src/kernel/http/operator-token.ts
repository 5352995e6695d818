import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { Request, RequestHandler } from 'express';

import { keptSecret } from '../config/secret-file.ts';
import { unauthenticated } from '../kernel-failures.ts';
import { StartError } from '../start-error.ts';

/** Where a host leaves the token that its operators need, for whoever may read its data folder. */
export const operatorTokenFile = 'operator.token';

/**
 * Beside it: the address of the operators' listener, so that `seamline` finds a running host. Hosts
 * that share a data folder have names, and a file each.
 */
export function operatorUrlFile(host?: string): string {
  return host === undefined ? 'operator.url' : `${host}.operator.url`;
}

/** Shorter ones could be guessed. */
const shortestToken = 32;

/**
 * The token that lets operators in: the one given, or that of the data folder, made there (readable
 * by its owner alone) when there is none. Throws a `StartError` for one that is too short.
 */
export function readOperatorToken(dataDir: string, given: string | undefined): string {
  if (given === undefined) return keptToken(join(dataDir, operatorTokenFile));
  if (given.length >= shortestToken) return given;
  throw new StartError(
    `OPERATOR_TOKEN is shorter than ${shortestToken} characters: make one with \`openssl rand -hex 32\`, or leave it out and have one made in DATA_DIR.`,
  );
}

function keptToken(file: string): string {
  const token = keptSecret(file, () => randomBytes(32).toString('base64url'));
  if (token.length >= shortestToken) return token;
  throw new StartError(`${file} holds no token: remove it, and the next start makes one.`);
}

/** Lets pass who brings the token as a bearer. Compares in constant time. */
export function requireOperatorToken(token: string): RequestHandler {
  const expected = digest(token);
  return (request, _response, next) => {
    if (!timingSafeEqual(digest(bearerOf(request)), expected)) throw unauthenticated();
    next();
  };
}

function bearerOf({ headers }: Request): string {
  const header = headers.authorization ?? '';
  return header.toLowerCase().startsWith('bearer ') ? header.slice('bearer '.length) : '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
