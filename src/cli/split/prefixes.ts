import { styleText } from 'node:util';

/** Prints a line of one of the hosts, its name in front. */
export type Print = (line: string) => void;
export type Prefix = (name: string) => Print;

const colours = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'red'] as const;

/** A column of names in colours, where the terminal has them. */
export function createPrefixes(names: readonly string[]): Prefix {
  const width = Math.max(...names.map(({ length }) => length));
  return (name) => {
    const colour = colours[names.indexOf(name) % colours.length] ?? 'white';
    const label = styleText(colour, `${name.padEnd(width)} |`, { stream: process.stdout });
    return (line) => console.log(`${label} ${line}`);
  };
}
