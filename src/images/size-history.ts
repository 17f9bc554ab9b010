// How large each image was after each build, kept beside the journal: JSON lines, newest last.

import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../failure.ts';
import { shownArgument } from '../process/quote-command.ts';
import type { ImageLayer } from './image-store.ts';

export interface SizeRecord {
  readonly v: 2;
  /** ISO 8601, in UTC. */
  readonly at: string;
  /** Name in the config. */
  readonly name: string;
  readonly reference: string;
  /** Of all layers together. */
  readonly sizeBytes: number;
  readonly layers: readonly ImageLayer[];
}

const recordSchema = z.object({
  // The first version did not tell how its bytes were counted.
  v: z.literal(2),
  at: z.string(),
  name: z.string(),
  reference: z.string(),
  sizeBytes: z.number(),
  layers: z.array(
    z.object({
      diffId: z.string(),
      sizeBytes: z.number(),
      isDiskUsage: z.literal(true).optional(),
      createdBy: z.string(),
    }),
  ),
});

const FILE = 'image-sizes.jsonl';
/** Above this the file is rewritten with the last records of each image only. */
const MAX_FILE_BYTES = 1e6;
const KEPT_PER_IMAGE = 20;

export class SizeHistory {
  readonly #file: string;
  readonly #folder: string;
  /** One write at a time: images are built in parallel. */
  #writing: Promise<void> = Promise.resolve();

  constructor(stateFolder: string) {
    this.#folder = stateFolder;
    this.#file = join(stateFolder, FILE);
  }

  /** The record of the last build of this image. */
  async latest(name: string): Promise<SizeRecord | undefined> {
    return (await this.#read()).findLast((record) => record.name === name);
  }

  /** The layers of an image that was measured before; its tag stands for its content. */
  async layersOf(reference: string): Promise<readonly ImageLayer[] | undefined> {
    return (await this.#read()).findLast((record) => record.reference === reference)?.layers;
  }

  /** Adds a record. One line in one write: a run that is killed leaves at most a line that readers skip. */
  async record(name: string, reference: string, layers: readonly ImageLayer[]): Promise<SizeRecord> {
    const sizeBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
    const record: SizeRecord = { v: 2, at: new Date().toISOString(), name, reference, sizeBytes, layers };
    const written = this.#writing.then(() => this.#append(record));
    this.#writing = written.catch(() => {});
    await written;
    return record;
  }

  async #append(record: SizeRecord): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const text = await this.#text();
      // A line that a killed run left unfinished must not swallow the next one.
      const gap = text === '' || text.endsWith('\n') ? '' : '\n';
      await appendFile(this.#file, `${gap}${JSON.stringify(record)}\n`, { mode: 0o600 });
      if (text.length > MAX_FILE_BYTES) await this.#shorten();
    } catch (cause) {
      if (cause instanceof Failure) throw cause; // it could not even be read
      throw new Failure('state', `${this.#file} cannot be written: ${(cause as Error).message}`, {
        cause,
        hint: `Free space, or remove ${shownArgument(this.#file)}; images are then measured again.`,
      });
    }
  }

  async #shorten(): Promise<void> {
    const records = await this.#read();
    const kept = records.filter(
      (record, index) =>
        records.slice(index + 1).filter((later) => later.name === record.name).length < KEPT_PER_IMAGE,
    );
    const fresh = `${this.#file}.${process.pid}.new`;
    await writeFile(fresh, kept.map((record) => `${JSON.stringify(record)}\n`).join(''), { mode: 0o600 });
    await rename(fresh, this.#file);
  }

  async #read(): Promise<SizeRecord[]> {
    return (await this.#text()).split('\n').flatMap((line) => {
      if (line === '') return [];
      try {
        return [recordSchema.parse(JSON.parse(line))];
      } catch {
        return []; // an unfinished line, or one of another version: the image is measured again
      }
    });
  }

  #text(): Promise<string> {
    return readFile(this.#file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw new Failure('state', `${this.#file} cannot be read: ${error.message}`, {
        cause: error,
        hint: `Remove ${shownArgument(this.#file)}; images are then measured again.`,
      });
    });
  }
}

/** Bytes that a build added to the one before; undefined for the same content, and where they were counted differently. */
export function growthBetween(before: SizeRecord, after: SizeRecord): number | undefined {
  if (before.reference === after.reference || isDiskUsage(before) !== isDiskUsage(after)) return undefined;
  return after.sizeBytes - before.sizeBytes;
}

function isDiskUsage({ layers }: SizeRecord): boolean {
  return layers.some((layer) => layer.isDiskUsage);
}
