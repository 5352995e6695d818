import { Container } from 'inversify';

import type { CallTransport } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventTransport } from '../ports/event-transport.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';

declare const holds: unique symbol;

/** Names a thing of the process, and remembers its type. */
export type Token<T> = symbol & { readonly [holds]: (value: T) => T };

/** The same name gives the same token. */
export function token<T>(name: string): Token<T> {
  return Symbol.for(name) as Token<T>;
}

export const LOG = token<Logger>('log');
export const CLOCK = token<Clock>('clock');
export const IDS = token<Ids>('ids');
export const CALLS = token<CallTransport>('calls');
export const EVENTS = token<EventTransport>('events');

/**
 * The process, composed: each thing is made once, when first asked for, and closed in the reverse
 * order of its making. Works at start and stop only; nothing is resolved per call.
 */
export type ProcessScope = {
  provide<T>(name: Token<T>, make: () => Promise<T> | T, close?: (value: T) => Promise<void>): void;
  get<T>(name: Token<T>): Promise<T>;
  /** Closes what was made, last first. Everything is closed even when closing one thing fails. */
  close(): Promise<void>;
};

export function createProcessScope(): ProcessScope {
  const container = new Container({ defaultScope: 'Singleton' });
  const made: Token<unknown>[] = [];
  return {
    provide(name, make, close) {
      container
        .bind(name)
        .toDynamicValue(make as () => unknown)
        .onActivation((_context, value) => {
          made.push(name as unknown as Token<unknown>);
          return value;
        });
      if (close) container.onDeactivation(name, close as (value: unknown) => Promise<void>);
    },

    get: (name) => container.getAsync(name),

    async close() {
      const failures: unknown[] = [];
      for (const name of made.reverse()) {
        try {
          await container.unbindAsync(name);
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'not everything could be closed');
    },
  };
}
