import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type ChargeLine = {
  readonly kind: 'charge';
  readonly id: string;
  readonly key: string;
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
  readonly status: 'succeeded' | 'declined';
  readonly declineCode?: string;
  readonly at: string;
};

export type RefundLine = {
  readonly kind: 'refund';
  readonly id: string;
  readonly key: string;
  readonly chargeId: string;
  readonly amount: number;
  readonly currency: string;
  readonly at: string;
};

/** An answer that was none: what `tok_flaky` does at first. */
export type FailureLine = { readonly kind: 'failure'; readonly key: string };

type Line = ChargeLine | RefundLine | FailureLine;

/** What the lines add up to, the same for everyone who reads them in order. */
export type Books = {
  readonly charges: ReadonlyMap<string, ChargeLine>;
  readonly refunds: ReadonlyMap<string, RefundLine>;
  /** The key of each charge, by its reference and by its id. */
  readonly keyOfCharge: ReadonlyMap<string, string>;
  /** What has gone back of each charge, by its id. */
  readonly refundedOf: ReadonlyMap<string, number>;
  /** How often a charge has failed, by its key. */
  readonly failuresOf: ReadonlyMap<string, number>;
};

const fileName = 'sandbox-provider.jsonl';

/**
 * Reads the sandbox provider's books in `folder` as an outsider: all charges and refunds that count,
 * oldest first. The books of a provider that never charged are empty.
 */
export async function readLedger(
  folder: string,
): Promise<{ charges: ChargeLine[]; refunds: RefundLine[] }> {
  const books = emptyBooks();
  const text = await readFile(join(folder, fileName), 'utf8').catch(emptyWhenMissing);
  for (const line of text.split('\n')) enter(books, line);
  return { charges: [...books.charges.values()], refunds: [...books.refunds.values()] };
}

/**
 * An append-only file of JSON lines. To append is to propose: of two lines with one key the first in
 * the file counts, and a refund beyond its charge is void. So several processes may share the file
 * and, having read back what they wrote, agree.
 */
export class SandboxLedger {
  readonly #file: FileHandle;
  readonly #books = emptyBooks();
  /** How far the file has been read, and the bytes of a line whose end has not been seen. */
  #read = 0;
  #rest = Buffer.alloc(0);
  #reading: Promise<void> = Promise.resolve();
  #waiting: { text: string; resolve: () => void; reject: (cause: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(folder: string): Promise<SandboxLedger> {
    const ledger = new SandboxLedger(await open(join(folder, fileName), 'a+', 0o600));
    await syncFolder(folder);
    await ledger.catchUp();
    return ledger;
  }

  get books(): Books {
    return this.#books;
  }

  /** Resolves when the line is on disk and in the books, if it counts. */
  append(line: Line): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ text: JSON.stringify(line), resolve, reject });
    this.#writing ??= this.#writeWaiting();
    return promise;
  }

  /** Enters what was appended since, by this process or another; one reading at a time. */
  catchUp(): Promise<void> {
    const reading = this.#reading.then(() => this.#readOn());
    // Whoever asked is told what went wrong; the next one reads again.
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#reading;
    await this.#file.close();
  }

  async #readOn(): Promise<void> {
    const { size } = await this.#file.stat();
    const chunk = Buffer.alloc(Math.min(size - this.#read, chunkBytes));
    if (chunk.length === 0) return;
    const { bytesRead } = await this.#file.read(chunk, 0, chunk.length, this.#read);
    this.#read += bytesRead;
    const bytes = Buffer.concat([this.#rest, chunk.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(newline) + 1;
    for (const line of bytes.toString('utf8', 0, end).split('\n')) enter(this.#books, line);
    this.#rest = bytes.subarray(end);
    if (this.#read < size) await this.#readOn();
  }

  /** One write and one sync for all that came while the last one was under way. */
  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        // The leading newline ends a line that a crash may have torn off before.
        await this.#file.appendFile(`\n${batch.map(({ text }) => text).join('\n')}\n`);
        await this.#file.datasync();
        await this.catchUp();
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        for (const { reject } of batch) reject(cause);
      }
    }
    this.#writing = undefined;
  }
}

const newline = 0x0a;
const chunkBytes = 1024 * 1024;

function emptyBooks() {
  return {
    charges: new Map<string, ChargeLine>(),
    refunds: new Map<string, RefundLine>(),
    keyOfCharge: new Map<string, string>(),
    refundedOf: new Map<string, number>(),
    failuresOf: new Map<string, number>(),
  };
}

function enter(books: ReturnType<typeof emptyBooks>, text: string): void {
  const line = parse(text);
  if (line?.kind === 'charge' && !books.charges.has(line.key)) {
    books.charges.set(line.key, line);
    books.keyOfCharge.set(line.reference, line.key).set(line.id, line.key);
  }
  if (line?.kind === 'refund' && !books.refunds.has(line.key)) enterRefund(books, line);
  if (line?.kind === 'failure') {
    books.failuresOf.set(line.key, (books.failuresOf.get(line.key) ?? 0) + 1);
  }
}

function enterRefund(books: ReturnType<typeof emptyBooks>, refund: RefundLine): void {
  const charge = books.charges.get(books.keyOfCharge.get(refund.chargeId) ?? '');
  if (charge?.status !== 'succeeded' || charge.currency !== refund.currency) return;
  const refunded = (books.refundedOf.get(charge.id) ?? 0) + refund.amount;
  if (refunded > charge.amount) return;
  books.refundedOf.set(charge.id, refunded);
  books.refunds.set(refund.key, refund);
}

/** `undefined` for a line that a crash cut short: nobody was told that it counts. */
function parse(text: string): Line | undefined {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function emptyWhenMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

/** A new file survives a power cut only once its folder is on disk too. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return; // There a folder can not be opened, nor need be.
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
