import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A fenced block of a page: ```` ```ts src/main.ts ```` is `ts` of `src/main.ts`. */
export type Block = { readonly language: string; readonly name: string; readonly text: string };

export function blocksOf(page: string): readonly Block[] {
  const fences = page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, language = '', name = '', text = '']) => ({ language, name, text }));
}

export type Written = { readonly files: readonly string[]; readonly lines: number };

/**
 * Does to the project at `root` what a page tells its reader: writes its files, and adds the lines of
 * its diffs below the line that each begins with. Throws when that line is not there.
 */
export function follow(blocks: readonly Block[], root: string): Written {
  const files: string[] = [];
  let lines = 0;
  for (const { language, name, text } of blocks) {
    const path = join(root, name);
    if (language === 'diff') addLines(path, text);
    if (language !== 'ts' || name === '') continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    files.push(name);
    lines += text.split('\n').length - 1;
  }
  return { files, lines };
}

function addLines(path: string, diff: string): void {
  const [anchor = '', ...added] = diff.trimEnd().split('\n');
  const line = `${anchor.slice(1)}\n`;
  const text = readFileSync(path, 'utf8');
  if (!text.includes(line)) throw new Error(`${path} has no line «${anchor.slice(1)}».`);
  const more = added.map((one) => `${one.slice(1)}\n`).join('');
  writeFileSync(
    path,
    text.replace(line, () => line + more),
  );
}
