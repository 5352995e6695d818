import { type ParseArgsConfig, parseArgs } from 'node:util';

import { CliError } from './cli-error.ts';

/** What was given behind a command's name. */
export type Given = {
  readonly words: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
};

export type Command = {
  /** `events list` */
  readonly name: string;
  /** What may stand behind it, for the help: `[--module M]`. */
  readonly usage: string;
  readonly summary: string;
  readonly flags: NonNullable<ParseArgsConfig['options']>;
  readonly words: { readonly min: number; readonly max: number };
  /** Answers what to print. Throws a `CliError`. */
  readonly run: (given: Given) => Promise<string>;
};

/** Reads the arguments behind a command's name. Throws a `CliError` that says how it is used. */
export function readArguments(command: Command, args: readonly string[]): Given {
  const { values, positionals } = parse(command, args);
  const { min, max } = command.words;
  if (positionals.length < min) throw misused(command, 'Something is missing.');
  if (positionals.length > max) throw misused(command, `"${positionals[max]}" is too much.`);
  return {
    words: positionals,
    flag: (name) => values[name] === true,
    text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
  };
}

export function misused({ name, usage }: Pick<Command, 'name' | 'usage'>, why: string): CliError {
  return new CliError(`${why}\nUsage: seamline ${name} ${usage}`.trimEnd(), 2);
}

function parse(command: Command, args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: command.flags,
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw misused(command, (error as Error).message);
  }
}
