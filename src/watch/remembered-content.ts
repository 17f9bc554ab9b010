// Reads contexts and charts once, and again only when they were forgotten: then files that look untouched are not read.

import { createHash } from 'node:crypto';
import { Failure } from '../failure.ts';
import type { DigestMemory } from '../images/context/context-fingerprint.ts';
import type { ImageContent } from '../images/image-fingerprint.ts';
import { diskContent, type ContentReader } from '../images/content-reader.ts';
import { chartRootId, imageRootId } from './environment-roots.ts';

export class RememberedContent implements ContentReader {
  readonly #disk: ContentReader;
  /** By id of the root: what was read, or is being read. */
  readonly #known = new Map<string, { readonly asked: string; readonly answer: Promise<unknown> }>();
  readonly #digests = new Map<string, DigestMemory>();

  constructor(disk: ContentReader = diskContent) {
    this.#disk = disk;
  }

  /** What was read below this root is not believed any more; every root when undefined. */
  forget(root: string | undefined): void {
    if (root === undefined) this.#known.clear();
    else this.#known.delete(root);
  }

  /**
   * What cannot be read (a Dockerfile that is gone for a moment) gets a fingerprint of its own: the one image fails
   * to build and says why, and the others go on.
   */
  async image(name: string, content: ImageContent, signal: AbortSignal): Promise<string> {
    const memory = this.#digests.get(name) ?? {};
    this.#digests.set(name, memory);
    return this.#remember(imageRootId(name), JSON.stringify(content), () =>
      this.#disk
        .image(name, { ...content, memory }, signal)
        .catch((error: unknown) => sha256(`unreadable: ${problemOf(error, signal)}`)),
    );
  }

  async chart(folder: string): Promise<readonly string[]> {
    return this.#remember(chartRootId(folder), folder, () =>
      this.#disk.chart(folder).catch((error: unknown) => [`unreadable: ${problemOf(error, undefined)}`]),
    );
  }

  async #remember<T>(root: string, asked: string, read: () => Promise<T>): Promise<T> {
    const known = this.#known.get(root);
    if (known?.asked === asked) return known.answer as Promise<T>;
    const entry = { asked, answer: read() };
    this.#known.set(root, entry);
    entry.answer.catch(() => {
      if (this.#known.get(root) === entry) this.#known.delete(root);
    });
    return entry.answer;
  }
}

/** Of what went wrong with the files; anything else is thrown on. */
function problemOf(error: unknown, signal: AbortSignal | undefined): string {
  signal?.throwIfAborted();
  const isOfFiles =
    error instanceof Failure || (error as NodeJS.ErrnoException | undefined)?.syscall !== undefined;
  if (!isOfFiles) throw error;
  return (error as Error).message;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
