import { isCommand } from '../contract.ts';
import type { FailureMaker } from '../failure.ts';
import { forbidden, unauthenticated } from '../kernel-failures.ts';
import { edgeFailures } from './edge-failures.ts';
import type { Route } from './route.ts';
import { parametersOf, readsQuery } from './route-input.ts';

/** The refusals that the edge itself may answer with before a route's call is made. */
export function edgeFailuresOf(route: Route): readonly FailureMaker<unknown>[] {
  const { access, call, key, rawBody, file } = route;
  const makers: unknown[] = [];
  if (parametersOf(route.path).length > 0 || Object.keys(call.input.properties).length > 0) {
    makers.push(edgeFailures.invalidRequest);
  }
  if (access !== 'anyone') makers.push(unauthenticated);
  if (access === 'admin') makers.push(forbidden);
  if (file !== undefined) {
    const { malformedForm, bodyIncomplete, bodyTooLarge, unsupportedMedia } = edgeFailures;
    makers.push(malformedForm, bodyIncomplete, bodyTooLarge, unsupportedMedia);
  } else if (!readsQuery(route)) {
    makers.push(edgeFailures.malformedJson, edgeFailures.bodyTooLarge);
    if (rawBody === undefined) makers.push(edgeFailures.unsupportedMedia);
  }
  if (isCommand(call)) makers.push(edgeFailures.idempotencyKeyInvalid);
  if (key === 'required') makers.push(edgeFailures.idempotencyKeyRequired);
  return makers as FailureMaker<unknown>[];
}
