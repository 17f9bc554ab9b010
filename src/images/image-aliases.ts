// Which sources were seen to build the content of an image that is there under another tag. Kept in the state folder:
// an edit that changes nothing in the image then loads and rolls out nothing, in later runs neither.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { shownArgument } from '../process/quote-command.ts';

const FILE = 'image-aliases.json';
/** Of those before, an image is built again at most. */
const KEPT = 500;

export class ImageAliases {
  readonly #folder: string;
  /** Reference by the sources → reference of the image that has their content. */
  readonly #aliases: Map<string, string>;
  /** One write at a time: images are built in parallel. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, aliases: Map<string, string>) {
    this.#folder = folder;
    this.#aliases = aliases;
  }

  /** One that cannot be read is none: images are then built again, and compared again. */
  static async open(stateFolder: string): Promise<ImageAliases> {
    const text = await readFile(join(stateFolder, FILE), 'utf8').catch(() => '');
    return new ImageAliases(stateFolder, new Map(readAliases(text)));
  }

  /** The image that has the content of these sources; the reference itself where none is known. */
  of(reference: string): string {
    return this.#aliases.get(reference) ?? reference;
  }

  async record(reference: string, same: string): Promise<void> {
    this.#aliases.set(reference, same);
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => {});
    await written;
  }

  async #write(): Promise<void> {
    const file = join(this.#folder, FILE);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const aliases = Object.fromEntries([...this.#aliases].slice(-KEPT));
      const fresh = `${file}.${process.pid}.new`;
      await writeFile(fresh, JSON.stringify({ v: 1, aliases }), { mode: 0o600 });
      await rename(fresh, file);
    } catch (cause) {
      throw new Failure('state', `${file} cannot be written: ${(cause as Error).message}`, {
        cause,
        hint: `Free space, or remove ${shownArgument(file)}; images are then built and compared again.`,
      });
    }
  }
}

/** Only of one image to another tag of itself: what a file says must lead to nothing else. */
function readAliases(text: string): [string, string][] {
  try {
    const { v, aliases } = JSON.parse(text) as { v?: unknown; aliases?: unknown };
    if (v !== 1 || typeof aliases !== 'object' || aliases === null) return [];
    return Object.entries(aliases).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' &&
        TAGGED.test(entry[1]) &&
        repositoryOf(entry[0]) === repositoryOf(entry[1]),
    );
  } catch {
    return [];
  }
}

const TAGGED = /^slipway\.local\/[a-z0-9/._-]+:sha-[0-9a-f]{12}$/;

function repositoryOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf(':'));
}
