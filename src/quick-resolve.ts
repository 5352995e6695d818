import { registerHooks } from 'node:module';

import manifest from '../package.json' with { type: 'json' };

/**
 * A relative import names the file beside it, and `#kernel/…` the file that `imports` of package.json
 * says. Node asks the file system several times for each of them (real path, package scope, format);
 * for the 1,700 files of the shop and its libraries that took a quarter of the time to start. What is
 * not certain from its name alone is left to Node.
 */
registerHooks({
  resolve(specifier, context, next) {
    const { parentURL: parent, conditions } = context;
    if (parent === undefined || !conditions.includes('import')) return next(specifier, context);
    if (specifier.startsWith('#')) return ownImport(specifier, parent) ?? next(specifier, context);
    const format = specifier.startsWith('.') ? formatOf(specifier, parent) : undefined;
    if (!format) return next(specifier, context);
    return { url: new URL(specifier, parent).href, format, shortCircuit: true };
  },
});

const root = new URL('../', import.meta.url).href;
const libraries = `${root}node_modules/`;

/** `#kernel/` stands for what is before the `*`, the rest of the specifier, and what is behind it. */
const patterns = Object.entries(manifest.imports).map(([pattern, target]) => {
  const [before = '', after] = target.slice(2).split('*');
  return { start: pattern.replace('*', ''), isWhole: after === undefined, before, after };
});

function ownImport(specifier: string, parent: string) {
  if (!parent.startsWith(root) || parent.startsWith(libraries)) return undefined;
  const found = patterns.find(({ start, isWhole }) =>
    isWhole ? specifier === start : specifier.startsWith(start),
  );
  if (!found) return undefined;
  const { start, before, after = '' } = found;
  const url = `${root}${before}${specifier.slice(start.length)}${after}`;
  return { url, format: 'module-typescript', shortCircuit: true };
}

function formatOf(specifier: string, parent: string): string | undefined {
  if (specifier.endsWith('.ts')) return 'module-typescript';
  if (specifier.endsWith('.mjs')) return 'module';
  // Files of one package have one format, and a file that imports this way is a module.
  return specifier.endsWith('.js') && parent.endsWith('.js') ? 'module' : undefined;
}
