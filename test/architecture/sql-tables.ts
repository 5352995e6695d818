/** The tables that a piece of SQL makes, and those that it reads, writes or refers to. */
export type SqlTables = { readonly made: readonly string[]; readonly named: readonly string[] };

/** Stands in SQL where code puts a value; in the place of a table's name it can't be checked. */
export const computed = '?';

/**
 * Finds table names in one or more statements, as both databases write them. Not a parser: it knows
 * after which words a table stands, and errs on the side of naming one too many.
 */
export function tablesIn(sql: string): SqlTables {
  const tokens = tokensOf(sql);
  const made = new Set<string>();
  const named = new Set<string>();
  /** At each depth of brackets: are we in the list after `from`, and which function opened it. */
  const depths: { inFrom: boolean; opener: string }[] = [{ inFrom: false, opener: '' }];
  tokens.forEach((token, at) => {
    const depth = depths.at(-1);
    if (token === '(') depths.push({ inFrom: false, opener: tokens[at - 1] ?? '' });
    else if (token === ')' && depths.length > 1) depths.pop();
    else if (depth && endOfList.has(token)) depth.inFrom = false;
    else if (depth && token === 'from') depth.inFrom = isTableFrom(tokens, at, depth.opener);
    const expects = expectsTable(tokens, at, depth?.inFrom === true);
    if (expects) (expects === 'made' ? made : named).add(tableAfter(tokens, at));
  });
  for (const name of ['', ...namedQueries(tokens)]) named.delete(name);
  return { made: [...made].filter(Boolean), named: [...named] };
}

const endOfList = new Set(
  'where group order limit having union except intersect returning set window for values select'.split(
    ' ',
  ),
);
/** Words between the one that announces a table and its name. */
const fillers = new Set('if not exists only lateral table or ignore replace into'.split(' '));
/** Functions with a `from` of their own: `extract(epoch from created_at)`. */
const fromFunctions = new Set('extract substring trim overlay position'.split(' '));

function expectsTable(
  tokens: readonly string[],
  at: number,
  inFrom: boolean,
): 'made' | 'named' | false {
  const before = tokens[at - 1] ?? '';
  switch (tokens[at]) {
    case 'from':
    case ',':
      return inFrom && 'named';
    case 'join':
    case 'references':
    case 'truncate':
    case 'into':
      return 'named';
    case 'table':
    case 'view':
      return ['alter', 'drop', 'truncate'].includes(before) ? 'named' : 'made';
    case 'update':
      return !/^(do|for|key|after|before|or|of)$/.test(before) && 'named';
    case 'on':
      return isIndexOrTrigger(tokens.slice(0, at)) && 'named';
    default:
      return false;
  }
}

function isTableFrom(tokens: readonly string[], at: number, opener: string): boolean {
  return tokens[at - 1] !== 'distinct' && !fromFunctions.has(opener);
}

/** `create unique index i on`, `create trigger t after insert on`; not the `on` of a join. */
function isIndexOrTrigger(before: readonly string[]): boolean {
  const statement = before.slice(before.lastIndexOf(';') + 1);
  const isCreate = statement[0] === 'create' && /^(index|trigger|unique)$/.test(statement[1] ?? '');
  return isCreate && !statement.includes('on');
}

/** The name that follows; empty for a subquery and for a function that answers rows. */
function tableAfter(tokens: readonly string[], at: number): string {
  let next = at + 1;
  while (fillers.has(tokens[next] ?? '')) next += 1;
  const name = tokens[next] ?? '';
  const isFunction = tokens[next + 1] === '(' && /^(from|,|join)$/.test(tokens[at] ?? '');
  return isFunction || !/^([\w$."]+|\?)$/.test(name) ? '' : name;
}

/** The names of `with NAME as (…)` and `with NAME (a, b) as (…)`. */
function namedQueries(tokens: readonly string[]): readonly string[] {
  if (!tokens.includes('with')) return [];
  return tokens.flatMap((token, at) => {
    const opens = ['(', 'materialized', 'not'].includes(tokens[at + 1] ?? '');
    if (token !== 'as' || !opens) return [];
    const last = tokens[at - 1] === ')' ? tokens.lastIndexOf('(', at) - 1 : at - 1;
    return tokens[last] ?? [];
  });
}

function tokensOf(sql: string): readonly string[] {
  const bare = sql
    .replace(/--[^\n]*/g, ' ')
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/'(?:[^']|'')*'/g, ' 0 ')
    .replaceAll('"', '');
  return bare.toLowerCase().match(/[a-z_][\w$]*(?:\.[a-z_][\w$]*)*|[(),;?]/g) ?? [];
}
