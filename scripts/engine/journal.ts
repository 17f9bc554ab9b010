// The write-ahead journal: what exists, or may exist, outside our own folders because of us.
// One file of JSON lines per cluster. A line says that something is about to be made, is made, or is gone;
// it is on disk before the act, so that `down` finds everything whatever happened in between.

import { appendFile, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../failure.ts';
import { resourceKey, type Resource } from '../plan/step.ts';
import { isJournalLine, type JournalLine, type JournalMark } from './journal-line.ts';

export interface JournalEntry {
  readonly resource: Resource;
  readonly mark: 'intended' | 'made';
}

export class Journal {
  readonly #file: string;
  readonly #entries = new Map<string, JournalEntry>();
  /** Lines that could not be read and were set aside. */
  readonly damaged: string[] = [];
  #lines = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string) {
    this.#file = file;
  }

  /**
   * Reads the journal. A torn last line (the machine or the process died while writing) is dropped: its act was never
   * begun, or the line before it tells. Damaged lines are set aside in a file of their own, for what they told of is also
   * found by labels. A journal of a later version is refused.
   */
  static async open(file: string): Promise<Journal> {
    const journal = new Journal(file);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw new Failure('state', `the journal ${file} cannot be read: ${error.message}`, { cause: error });
    });
    const lines = text.split('\n');
    const isTorn = lines.pop() !== '';
    lines.forEach((line, index) => journal.#replay(line, index + 1));
    if (journal.damaged.length > 0)
      await appendFile(`${file}.damaged`, `${journal.damaged.join('\n')}\n`, { mode: 0o600, flush: true });
    if (isTorn || journal.damaged.length > 0) await journal.#rewrite();
    return journal;
  }

  /** What may exist, in the order in which it was first intended. */
  outstanding(): JournalEntry[] {
    return [...this.#entries.values()];
  }

  markOf(resource: Resource): 'intended' | 'made' | undefined {
    return this.#entries.get(resourceKey(resource))?.mark;
  }

  /** Durable (fsync) when it resolves. Writing what is already recorded costs nothing. */
  async record(mark: JournalMark, resource: Resource): Promise<void> {
    const known = this.markOf(resource);
    if (known === mark || (mark === 'gone' && known === undefined)) return;
    this.#note(mark, resource);
    const write = this.#writing.then(() =>
      this.#append({ v: 1, at: new Date().toISOString(), mark, resource }),
    );
    this.#writing = write.catch(() => undefined);
    await write;
  }

  /** Removes the file when nothing is outstanding; otherwise rewrites it without what is gone. */
  async compact(): Promise<void> {
    await this.#writing;
    if (this.#entries.size === 0) await rm(this.#file, { force: true });
    else if (this.#lines > 2 * this.#entries.size) await this.#rewrite();
  }

  #note(mark: JournalMark, resource: Resource): void {
    const key = resourceKey(resource);
    if (mark === 'gone') this.#entries.delete(key);
    else this.#entries.set(key, { resource, mark });
  }

  #replay(text: string, number: number): void {
    const value = readJson(text);
    const version = (value as { v?: unknown } | undefined)?.v;
    if (typeof version === 'number' && version > 1) {
      throw new Failure(
        'state',
        `${this.#file}:${number} is of version ${version}, and this Slipway reads 1`,
        {
          hint: 'Use the newer Slipway that wrote it.',
        },
      );
    }
    if (!isJournalLine(value)) {
      this.damaged.push(text);
      return;
    }
    this.#note(value.mark, value.resource);
    this.#lines++;
  }

  async #append(line: JournalLine): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    const file = await open(this.#file, 'a', 0o600);
    try {
      await file.appendFile(`${JSON.stringify(line)}\n`);
      await file.sync();
      this.#lines++;
    } finally {
      await file.close();
    }
  }

  async #rewrite(): Promise<void> {
    const at = new Date().toISOString();
    const lines = this.outstanding().map(({ mark, resource }) =>
      JSON.stringify({ v: 1, at, mark, resource }),
    );
    const temporary = `${this.#file}.new`;
    await writeFile(temporary, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flush: true });
    await rename(temporary, this.#file);
    this.#lines = lines.length;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
