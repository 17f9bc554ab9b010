// Finished artifacts on disk, by id and content fingerprint: <folder>/<id>/<fingerprint>/.
// Shared by all checkouts of the user, safe to delete, safe to fill from two runs at once.
//
//   absent ──fill──► .tmp-<fingerprint>-… (locked) ──rename──► present
//                              │ failed, cancelled: removed    │ a file is missing or has other content
//                              └ killed: swept by the next ◄───┘ then it counts as absent

import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { z } from 'zod';
import type { Task } from '../task.ts';
import { tryLock, withCacheLock } from './cache-lock.ts';
import { sumFile } from './sum-file.ts';

/** Name of the file by which an entry is known to be whole: no part of the artifact. */
export const manifestName = '.slipway-artifact.json';
const manifestSchema = z.object({
  files: z.array(
    z.object({
      path: z.string().refine((path) => isLocal(path)),
      sizeBytes: z.number(),
      /** When it was written, in milliseconds since 1970: a file that was not written since has the same content. */
      mtimeMs: z.number().optional(),
      /** Absent in entries of versions that noted sizes alone. */
      sha256: z.string().optional(),
    }),
  ),
});
type SealedFile = z.infer<typeof manifestSchema>['files'][number];
const FINGERPRINT = /^[0-9a-f]{12}$/;

export interface CachedFile {
  /** Relative to the folder of its entry. */
  readonly path: string;
  readonly sizeBytes: number;
}

export class ArtifactCache {
  readonly folder: string;

  /** @param folder absolute path; made when it is first needed. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the entry is, or will be. */
  path(id: string, fingerprint: string): string {
    return join(this.folder, id, fingerprint);
  }

  /**
   * True when the entry was finished and each of its files is what it was then: of the same size and not written since,
   * or else of the same checksum (a cache that was copied, or mended).
   */
  async has(id: string, fingerprint: string): Promise<boolean> {
    return (await this.files(id, fingerprint)) !== undefined;
  }

  /** All that seem to be there, whole or not, in order of id and fingerprint. What runs are making is none of them. */
  async entries(): Promise<{ id: string; fingerprint: string }[]> {
    const ids = (await namesIn(this.folder)).sort();
    const found = ids.map(async (id) => {
      const names = (await namesIn(join(this.folder, id))).filter((name) => FINGERPRINT.test(name));
      return names.sort().map((fingerprint) => ({ id, fingerprint }));
    });
    return (await Promise.all(found)).flat();
  }

  /** The files of a whole entry in order of their paths; undefined where `has` is false. */
  async files(id: string, fingerprint: string): Promise<CachedFile[] | undefined> {
    const folder = this.path(id, fingerprint);
    try {
      const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, manifestName), 'utf8')));
      const areWhole = await Promise.all(
        manifest.files.map((file) => isAsSealed(join(folder, file.path), file)),
      );
      if (areWhole.includes(false)) return undefined;
      return manifest.files
        .map(({ path, sizeBytes }) => ({ path, sizeBytes }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    } catch {
      return undefined;
    }
  }

  /**
   * Makes the entry if it is absent: `make` fills an empty folder, which then takes its final name in one step.
   * When another run makes the same entry, its result is awaited and used.
   */
  async fill(
    id: string,
    fingerprint: string,
    make: (folder: string, task: Task) => Promise<void>,
    task: Task,
  ): Promise<void> {
    if (await this.has(id, fingerprint)) return;
    await this.#locked(id, fingerprint, task, async (folder, lockedTask) => {
      await make(folder, lockedTask);
      lockedTask.signal.throwIfAborted();
      await seal(folder);
      const final = this.path(id, fingerprint);
      await rm(final, { recursive: true, force: true });
      await rename(folder, final);
    });
  }

  /**
   * Gives `use` an empty folder inside the cache (so that hard links to entries work) and removes it afterwards.
   * Runs that use the same id and fingerprint take turns; `isSettled` tells those that waited that they may go.
   */
  async withScratch(
    id: string,
    fingerprint: string,
    isSettled: () => Promise<boolean>,
    use: (folder: string, task: Task) => Promise<void>,
    task: Task,
  ): Promise<void> {
    await this.#locked(id, fingerprint, task, use, isSettled);
  }

  /** Removes what killed runs have left. Entries and whatever a living run is making stay. */
  async sweep(): Promise<void> {
    for (const id of await namesIn(this.folder)) {
      const leftovers = (await namesIn(join(this.folder, id))).filter((name) => name.startsWith('.tmp-'));
      const fingerprints = new Set(leftovers.map((name) => name.split('-')[1] ?? ''));
      for (const fingerprint of fingerprints) {
        const release = await tryLock(this.#lockPath(id, fingerprint));
        if (release === undefined) continue;
        await this.#removeLeftovers(id, fingerprint);
        await release();
      }
    }
  }

  async #locked(
    id: string,
    fingerprint: string,
    task: Task,
    work: (folder: string, task: Task) => Promise<void>,
    isSettled: () => Promise<boolean> = () => this.has(id, fingerprint),
  ): Promise<void> {
    const parent = join(this.folder, id);
    await mkdir(parent, { recursive: true });
    await withCacheLock({ path: this.#lockPath(id, fingerprint), isSettled }, task, async (lockedTask) => {
      if (await isSettled()) return;
      // Whoever holds the lock is alone: folders of this entry are left from runs that were killed.
      await this.#removeLeftovers(id, fingerprint);
      const folder = await mkdtemp(join(parent, `.tmp-${fingerprint}-`));
      try {
        await work(folder, lockedTask);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  async #removeLeftovers(id: string, fingerprint: string): Promise<void> {
    const parent = join(this.folder, id);
    for (const name of await namesIn(parent)) {
      if (name.startsWith(`.tmp-${fingerprint}-`))
        await rm(join(parent, name), { recursive: true, force: true });
    }
  }

  #lockPath(id: string, fingerprint: string): string {
    return join(this.folder, id, `.lock-${fingerprint}`);
  }
}

// Written to disk for good before the rename: after a power cut a renamed folder must not hold empty files.
async function seal(folder: string): Promise<void> {
  const files: SealedFile[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const handle = await open(path, 'r');
    try {
      await handle.sync();
      const { size: sizeBytes, mtimeMs } = await handle.stat();
      const sha256 = await sumFile(path);
      files.push({ path: path.slice(folder.length + 1), sizeBytes, mtimeMs, sha256 });
    } finally {
      await handle.close();
    }
  }
  await writeFile(join(folder, manifestName), JSON.stringify({ files }), { flush: true });
}

/** Within the folder of its entry. */
function isLocal(path: string): boolean {
  return !isAbsolute(path) && !/^\.\.(\/|$)/.test(normalize(path));
}

async function isAsSealed(path: string, { sizeBytes, mtimeMs, sha256 }: SealedFile): Promise<boolean> {
  const now = await stat(path);
  if (!now.isFile() || now.size !== sizeBytes) return false;
  return sha256 === undefined || now.mtimeMs === mtimeMs || (await sumFile(path)) === sha256;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
