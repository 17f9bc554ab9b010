// The config while it is being edited: read again when one of its files was touched, and kept as it was while it is broken.

import { stat } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { ConfigUnreadable } from '../config/read-config-afresh.ts';

export interface ReadConfig<T> {
  readonly value: T;
  /** Absolute paths of the config and of what it imports. */
  readonly files: readonly string[];
}

export interface ConfigSourceOptions<T> {
  readonly first: ReadConfig<T>;
  readonly read: (signal: AbortSignal) => Promise<ReadConfig<T>>;
  /** Called once for each way in which it is broken. */
  readonly onBroken: (failure: Failure) => void;
}

export class ConfigSource<T> {
  readonly #options: ConfigSourceOptions<T>;
  #value: T;
  #files: readonly string[];
  #stamp: string | undefined;
  #said: string | undefined;

  constructor(options: ConfigSourceOptions<T>) {
    this.#options = options;
    this.#value = options.first.value;
    this.#files = options.first.files;
  }

  get files(): readonly string[] {
    return this.#files;
  }

  /** The last config that was right. */
  async current(signal: AbortSignal): Promise<T> {
    const before = await stampOf(this.#files);
    if (before === this.#stamp) return this.#value;
    try {
      const { value, files } = await this.#options.read(signal);
      // The same config stays the same object: nothing follows from it.
      if (JSON.stringify(value) !== JSON.stringify(this.#value)) this.#value = value;
      this.#files = files;
      this.#said = undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Failure)) throw error;
      const said = [error.message, ...error.details].join('\n');
      if (said !== this.#said) this.#options.onBroken(error);
      this.#said = said;
      // What it tried to import has to be followed, too, or its repair would not be noticed.
      if (error instanceof ConfigUnreadable) this.#files = [...new Set([...this.#files, ...error.files])];
    }
    // Of the same files as before the reading, which may have missed a write during it; new ones were read just now.
    const known = before.split('\n');
    const after = (await stampOf(this.#files)).split('\n');
    const isSteady = known.every((line) => after.includes(line) || !this.#files.includes(fileOf(line)));
    this.#stamp = isSteady ? after.join('\n') : undefined;
    return this.#value;
  }
}

async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    files.map(async (file) => {
      const found = await stat(file, { bigint: true }).catch(() => undefined);
      return found ? `${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}` : 'gone';
    }),
  );
  return files.map((file, index) => `${stamps[index]} ${file}`).join('\n');
}

function fileOf(line: string): string {
  return line.slice(line.indexOf('/'));
}
