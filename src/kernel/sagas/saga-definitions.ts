import type { SqlText } from '../ports/store.ts';
import { raw } from '../stores/sql.ts';
import type { AnySaga } from './saga-course.ts';

export type Definitions = {
  /** What a new saga begins with. Throws a `TypeError` for a name that the module does not declare. */
  newest(name: string): AnySaga;
  find(saga: { readonly name: string; readonly version: number }): AnySaga | undefined;
  /** A condition on rows: those whose definition this host has. The others are left alone. */
  readonly known: SqlText;
};

/** Throws a `TypeError` when two definitions have one name and version. */
export function createDefinitions(all: readonly AnySaga[]): Definitions {
  const byVersion = new Map<string, AnySaga>();
  const newest = new Map<string, AnySaga>();
  for (const saga of all) {
    const key = `${saga.name}@${saga.version}`;
    if (byVersion.has(key)) throw new TypeError(`Saga ${key} is declared twice.`);
    byVersion.set(key, saga);
    const rival = newest.get(saga.name);
    if (!rival || rival.version < saga.version) newest.set(saga.name, saga);
  }
  // Names are identifiers and versions are integers: `defineSaga` sees to it.
  const each = all.map(({ name, version }) => `(name = '${name}' and version = ${version})`);
  return {
    newest(name) {
      const saga = newest.get(name);
      if (!saga) throw new TypeError(`No saga ${name} is declared in this module's manifest.`);
      return saga;
    },
    find: ({ name, version }) => byVersion.get(`${name}@${version}`),
    known: raw(each.length > 0 ? `(${each.join(' or ')})` : '1 = 0'),
  };
}
