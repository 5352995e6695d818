/**
 * Errors that say something of the disk or the file, not of the statement: full, failing, locked by
 * somebody else's tool, damaged. https://www.sqlite.org/rescode.html
 */
const ofTheFile =
  /^SQLITE_(FULL|IOERR|BUSY|LOCKED|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PROTOCOL|INTERRUPT)/;

export function isFileError(error: unknown): boolean {
  return ofTheFile.test(codeOf(error));
}

/** A write through the handle that only reads: a bug in the query, not a trouble of the disk. */
export function isWriteByReader(error: unknown): boolean {
  return codeOf(error) === 'SQLITE_READONLY';
}

/** Somebody else holds the lock that was asked for. */
export function isInUse(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
