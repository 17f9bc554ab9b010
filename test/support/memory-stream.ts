// A stream that keeps what was written, for tests of what is shown.

import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

export class MemoryStream extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows = 40;

  constructor(options: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
    super();
    this.isTTY = options.isTTY ?? false;
    this.columns = options.columns ?? 100;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** The lines written so far, without colours and cursor codes. */
  get lines(): string[] {
    return stripVTControlCharacters(this.text).split('\n').slice(0, -1);
  }
}
