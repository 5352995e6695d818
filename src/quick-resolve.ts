import { registerHooks } from 'node:module';

/**
 * A relative import names the file beside it. Node asks the file system several times for each of
 * them (real path, package scope, format); for the 1,500 files of the shop and its libraries that
 * took a quarter of the time to start. What is not certain from its name alone is left to Node.
 */
registerHooks({
  resolve(specifier, context, next) {
    const { parentURL: parent, conditions } = context;
    if (parent === undefined || !specifier.startsWith('.') || !conditions.includes('import')) {
      return next(specifier, context);
    }
    const format = formatOf(specifier, parent);
    if (!format) return next(specifier, context);
    return { url: new URL(specifier, parent).href, format, shortCircuit: true };
  },
});

function formatOf(specifier: string, parent: string): string | undefined {
  if (specifier.endsWith('.ts')) return 'module-typescript';
  if (specifier.endsWith('.mjs')) return 'module';
  // Files of one package have one format, and a file that imports this way is a module.
  return specifier.endsWith('.js') && parent.endsWith('.js') ? 'module' : undefined;
}
