import type { Setting, Settings } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the environment, told at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the settings of several owners from one environment. An empty variable counts as unset.
 * Throws one `ConfigError` that names every wrong variable, what was wrong, and an example.
 */
export function readSettings(
  environment: Environment,
  owners: Readonly<Record<string, Settings>>,
): Readonly<Record<string, Record<string, unknown>>> {
  const problems = new Set<string>();
  const values = Object.entries(owners).map(([owner, settings]) => {
    const read = Object.entries(settings).map(([name, setting]) => {
      const result = readOne(name, setting, environment[name]);
      if (result.problem !== undefined) problems.add(result.problem);
      return [name, result.value];
    });
    return [owner, Object.fromEntries(read) as Record<string, unknown>] as const;
  });
  if (problems.size > 0) throw new ConfigError([...problems]);
  return Object.fromEntries(values);
}

function readOne(name: string, setting: Setting<unknown>, given: string | undefined) {
  if (given === undefined || given === '') return { value: setting.fallback };
  try {
    return { value: setting.parse(given) };
  } catch (error) {
    const shown = setting.secret ? '(hidden)' : JSON.stringify(given);
    const why = error instanceof Error ? error.message : String(error);
    return { problem: `${name}=${shown} ${why}, for example ${name}=${setting.example}` };
  }
}
