import 'reflect-metadata';

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { container, type DependencyContainer, instanceCachingFactory } from 'tsyringe';

import type { Settings } from '../config/settings.ts';
import type { AnyContract } from '../contract.ts';
import type { ModuleDefinition, Part, Parts, Scope } from '../module.ts';

type AnyScope = Scope<readonly AnyContract[], Settings>;

export type ModuleScope = {
  /** What the manifest's `wire` receives. */
  readonly the: AnyScope & { readonly parts: Parts };
  /** Starts the parts in the order in which they were made: each after those that it uses. */
  start(): Promise<void>;
  /** Stops them in reverse. */
  stop(): Promise<void>;
};

/**
 * Wires the inside of one module in a container of its own that no other module can see: it holds
 * what the manifest declares and nothing else. Works at start only.
 */
export function createModuleScope(
  definition: ModuleDefinition,
  given: Omit<AnyScope, 'folder'>,
  dataDir: string,
): ModuleScope {
  const inside = container.createChildContainer();
  const made: Part[] = [];
  const scope: AnyScope = { ...given, folder: () => ownFolder(dataDir, definition.contract.name) };
  const parts = registerParts(inside, definition, scope, made);
  return {
    the: { ...scope, parts },
    async start() {
      for (const name of Object.keys(definition.parts)) inside.resolve(name);
      for (const part of made) await part.start?.();
    },
    async stop() {
      for (const part of made.reverse()) await part.stop?.();
      await inside.dispose();
    },
  };
}

/** An object whose fields resolve the module's parts, each made once, when first asked for. */
function registerParts(
  inside: DependencyContainer,
  definition: ModuleDefinition,
  scope: AnyScope,
  made: Part[],
): Parts {
  const parts: Record<string, object> = {};
  const making = new Set<string>();
  for (const [name, make] of Object.entries(definition.parts)) {
    const create = () => {
      // tsyringe itself would answer a cycle with an overflown stack.
      if (making.has(name))
        throw new Error(`Parts ${[...making, name].join(' -> ')} need each other.`);
      making.add(name);
      const part = make(scope, parts);
      making.delete(name);
      made.push(part);
      return part;
    };
    inside.register(name, { useFactory: instanceCachingFactory(create) });
    Object.defineProperty(parts, name, { enumerable: true, get: () => inside.resolve(name) });
  }
  return parts;
}

function ownFolder(dataDir: string, module: string): string {
  const folder = join(dataDir, module);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
