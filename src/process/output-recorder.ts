// Takes the bytes of one output stream: keeps its end, hands on its lines.

const keptCharacters = 64 * 1024 * 1024;
const longestLine = 64 * 1024;

/** Decodes a program's output, keeps at most the last 64 Mi characters and calls `onLine` per line. */
export class OutputRecorder {
  readonly #onLine: (line: string) => void;
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  #chunks: string[] = [];
  #length = 0;
  #dropped = 0;
  #partial = '';

  constructor(onLine: (line: string) => void, limit = keptCharacters) {
    this.#onLine = onLine;
    this.#limit = limit;
  }

  write(bytes: Uint8Array): void {
    this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** No more bytes come: the last line counts even without its line end. */
  end(): void {
    this.#take(this.#decoder.decode());
    if (this.#partial !== '') this.#onLine(this.#partial.replace(/\r$/, ''));
    this.#partial = '';
  }

  /** What was kept. When the beginning had to go, the text says so in its first line. */
  get text(): string {
    const kept = this.#chunks.join('');
    return this.#dropped === 0 ? kept : `[${this.#dropped} characters dropped]\n${kept}`;
  }

  #take(text: string): void {
    if (text === '') return;
    this.#chunks.push(text);
    this.#length += text.length;
    while (this.#length - (this.#chunks[0]?.length ?? 0) >= this.#limit) {
      const first = this.#chunks.shift() ?? '';
      this.#length -= first.length;
      this.#dropped += first.length;
    }
    // Programs with progress bars end their lines with a carriage return.
    const lines = (this.#partial + text).split(/\r\n|\n|\r(?!$)/);
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line.replace(/\r$/, ''));
    if (this.#partial.length > longestLine) {
      this.#onLine(this.#partial);
      this.#partial = '';
    }
  }
}
