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
  /** False for whoever does not hold the lock. */
  readonly isWritten: boolean;
  readonly #entries = new Map<string, JournalEntry>();
  /** Lines that could not be read. */
  readonly damaged: string[] = [];
  #lines = 0;
  #writing: Promise<void> = Promise.resolve();

  readonly #verify: () => Promise<void>;

  private constructor(file: string, isWritten: boolean, verify = async (): Promise<void> => undefined) {
    this.#file = file;
    this.#verify = verify;
    this.isWritten = isWritten;
  }

  /**
   * For the run that holds the lock. A torn last line (the machine or the process died while writing) is dropped: its act
   * was never begun, or the line before it tells. Damaged lines are set aside in a file of their own, for what they told
   * of is also found by labels. A journal of a later version is refused.
   *
   * @param verify - Rejects when the lock is lost: then nothing more is written, and so no act begun.
   */
  static async open(file: string, verify?: () => Promise<void>): Promise<Journal> {
    const journal = new Journal(file, true, verify);
    const isTorn = await journal.#load();
    if (journal.damaged.length > 0)
      await appendFile(`${file}.damaged`, `${journal.damaged.join('\n')}\n`, {
        mode: 0o600,
        flush: true,
      }).catch((cause: Error) => {
        throw new Failure('state', `damaged lines cannot be set aside in ${file}.damaged: ${cause.message}`, {
          hint: `Move ${file}.damaged out of the way.`,
          cause,
        });
      });
    if (isTorn || journal.damaged.length > 0) await journal.#rewrite();
    return journal;
  }

  /** For whoever does not hold the lock: nothing is ever written, and what is recorded is known to this object alone. */
  static async read(file: string): Promise<Journal> {
    const journal = new Journal(file, false);
    await journal.#load();
    return journal;
  }

  /** What may exist, in the order in which it was first intended. */
  outstanding(): JournalEntry[] {
    return [...this.#entries.values()];
  }

  markOf(resource: Resource): 'intended' | 'made' | undefined {
    return this.#entries.get(resourceKey(resource))?.mark;
  }

  /**
   * Durable (fsync) when it resolves. Writing what is already recorded costs nothing. When a line could not be written,
   * neither can those after it be: half of it may be on disk, and an act without its intent must not be begun.
   */
  record(mark: JournalMark, resource: Resource): Promise<void> {
    const write = this.#writing.then(async () => {
      const known = this.markOf(resource);
      if (known === mark || (mark === 'gone' && known === undefined)) return;
      if (this.isWritten) await this.#append({ v: 1, at: new Date().toISOString(), mark, resource });
      this.#note(mark, resource);
    });
    this.#writing = write;
    // Whoever asked for it is told; nobody may be waiting for the last one.
    write.catch(() => undefined);
    return write;
  }

  /** Removes the file when nothing is outstanding; otherwise rewrites it without what is gone. */
  async compact(): Promise<void> {
    await this.#writing;
    if (!this.isWritten) return;
    if (this.#entries.size === 0) await rm(this.#file, { force: true });
    else if (this.#lines > 2 * this.#entries.size) await this.#rewrite();
  }

  /** True when the last line is torn. */
  async #load(): Promise<boolean> {
    const text = await readFile(this.#file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return '';
      throw new Failure('state', `the journal ${this.#file} cannot be read: ${cause.message}`, {
        hint: 'Make it readable, or move it out of the way: what is ours is also found by labels.',
        cause,
      });
    });
    const lines = text.split('\n');
    const isTorn = lines.pop() !== '';
    lines.forEach((line, index) => this.#replay(line, index + 1));
    return isTorn;
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
    await this.#verify();
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
