/** What a person at the terminal did or found wrong, told in words for them. */
export class CliError extends Error {
  /** 1: it could not be done; 2: it was asked for in the wrong way. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
