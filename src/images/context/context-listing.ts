// What belongs to a build context, after .dockerignore, always in the same order.

import { lstat, open, readdir, readFile, readlink, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Failure } from '../../failure.ts';
import { ContextFilter, type FilterVerdict } from './context-filter.ts';
import { isEmacsLock, isVimSwap, mayBeVimSwap, VIM_MAGIC_BYTES } from './editor-file.ts';
import { followSources } from './follow-sources.ts';
import { bytesOfPath, pathOfBytes, REPLACEMENT } from './path-bytes.ts';

export interface ContextEntry {
  /** Relative to the context folder, with '/' between segments; see pathOfBytes for names that are no text. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** As an image gets it; see modeOf. */
  readonly mode: number;
  /** Of a link: where it points, as written. */
  readonly target: string | undefined;
  readonly stat: EntryStat;
}

/** What tells whether a file was written to since it was last looked at. */
export interface EntryStat {
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly inode: bigint;
}

export interface BuildContext {
  readonly contextFolder: string;
  /** Sorted by path, code unit by code unit. */
  readonly entries: readonly ContextEntry[];
  /** The text of the ignore file that was used, '' if there is none. */
  readonly ignoreText: string;
}

export interface ContextPlace {
  /** Absolute. */
  readonly contextFolder: string;
  /** Absolute; may lie outside the context. */
  readonly dockerfile: string;
  /** Patterns of what the Dockerfile reads (see contextSources); undefined: everything counts. */
  readonly sources?: readonly string[] | undefined;
}

/**
 * Lists what a build can read of the context. `<Dockerfile>.dockerignore` beside the Dockerfile comes before
 * `.dockerignore` in the context folder. Sockets, pipes and devices are left out: no image can do anything with them,
 * and to read a pipe never ends. Swap files of vim and locks of emacs, known by what they hold, are left out as well:
 * they come and go while somebody edits.
 */
export async function listContext(place: ContextPlace, signal: AbortSignal): Promise<BuildContext> {
  const { contextFolder } = place;
  const isFolder = await stat(contextFolder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new Failure('build', `the build context ${contextFolder} is not a folder`, {
      hint: 'Correct the path in the config (images.<name>.context).',
    });
  const ignoreText = await readIgnoreText(place);
  const filter = new ContextFilter(ignoreText, await followSources(contextFolder, place.sources));
  const entries = await walk(contextFolder, '', filter, undefined, signal);
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { contextFolder, entries, ignoreText };
}

/** What says which paths of a context count. */
export async function readContextFilter(place: ContextPlace): Promise<ContextFilter> {
  const { contextFolder, sources } = place;
  return new ContextFilter(await readIgnoreText(place), await followSources(contextFolder, sources));
}

/** Where an ignore file for this context may lie: the first one that is there counts. */
export function ignoreFilesOf({ contextFolder, dockerfile }: ContextPlace): string[] {
  return [
    join(dirname(dockerfile), `${basename(dockerfile)}.dockerignore`),
    join(contextFolder, '.dockerignore'),
  ];
}

/** The text of the ignore file that counts, '' if there is none. */
export async function readIgnoreText(place: ContextPlace): Promise<string> {
  for (const file of ignoreFilesOf(place)) {
    const text = await readIfThere(file);
    if (text !== undefined) return text;
  }
  return '';
}

/** The path of a file inside a folder with '/' between segments, or undefined if it lies outside. */
export function pathInside(folder: string, file: string): string | undefined {
  const path = relative(folder, file).split(sep).join('/');
  return path === '' || path === '..' || path.startsWith('../') ? undefined : path;
}

async function walk(
  root: string,
  folder: string,
  filter: ContextFilter,
  above: FilterVerdict | undefined,
  signal: AbortSignal,
): Promise<ContextEntry[]> {
  signal.throwIfAborted();
  const found = await entriesIn(root, folder);
  const parts = await Promise.all(
    found.map(async (entry): Promise<ContextEntry[]> => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const verdict = filter.judge(path, above);
      if (entry.isDirectory()) {
        if (!filter.mayKeepBelow(path, verdict)) return [];
        const below = await walk(root, path, filter, verdict, signal);
        // A folder that is left out and of which something is kept is there as well, or its mode would be up to the engine.
        const isKept = below.length > 0 || filter.keeps(path, verdict, false);
        return isKept ? [...(await describe(root, path)), ...below] : [];
      }
      const isLink = entry.isSymbolicLink();
      return (entry.isFile() || isLink) && filter.keeps(path, verdict, isLink) ? describe(root, path) : [];
    }),
  );
  return parts.flat();
}

/** None where the folder has gone since its own folder was read. */
async function entriesIn(root: string, folder: string): Promise<Dirent[]> {
  const path = bytesOfPath(join(root, folder));
  try {
    const found = await readdir(path, { withFileTypes: true });
    if (!found.some(({ name }) => name.includes(REPLACEMENT))) return found;
    const raw = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    return raw.map((entry) => Object.assign(entry, { name: pathOfBytes(entry.name) }) as unknown as Dirent);
  } catch (error) {
    if (folder !== '' && isGone(error)) return [];
    throw unreadable(root, folder, error);
  }
}

/** None when it has gone since its folder was read, or is an editor's. */
async function describe(root: string, path: string): Promise<ContextEntry[]> {
  try {
    const entry = await readEntry(root, path);
    const { kind, target = '' } = entry;
    const name = path.slice(path.lastIndexOf('/') + 1);
    // Nothing is waited for where the name says enough: there are as many of these as files.
    if (kind === 'link' && isEmacsLock(name, target)) return [];
    if (kind === 'file' && mayBeVimSwap(name) && (await isVimSwapFile(join(root, path), name))) return [];
    return [entry];
  } catch (error) {
    if (isGone(error)) return [];
    throw unreadable(root, path, error);
  }
}

async function readEntry(root: string, path: string): Promise<ContextEntry> {
  const file = bytesOfPath(join(root, path));
  const found = await lstat(file, { bigint: true });
  const kind = found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'folder' : 'file';
  const mode = Number(found.mode);
  const isPrivate = kind === 'file' && (mode & 0o077) === 0 && (await isFolderForOthers(join(root, path)));
  return {
    path,
    kind,
    mode: kind === 'link' ? 0o777 : kind === 'folder' ? 0o755 : modeOf(mode, isPrivate),
    target: kind === 'link' ? pathOfBytes(await readlink(file, 'buffer')) : undefined,
    stat: {
      sizeBytes: Number(found.size),
      mtimeNs: found.mtimeNs,
      ctimeNs: found.ctimeNs,
      inode: found.ino,
    },
  };
}

/**
 * What a checkout under another umask has in common: whether its owner may execute a file, and what no umask makes: the
 * bits for set-user-id, set-group-id and sticky, and a file for its owner alone in a folder that is for others, too.
 * Programs refuse keys that others can read.
 */
function modeOf(mode: number, isPrivate: boolean): number {
  const plain = isPrivate ? 0o600 : 0o644;
  const isExecutable = (mode & 0o100) !== 0;
  return (mode & 0o7000) | plain | (isExecutable ? (plain & 0o444) >> 2 : 0);
}

async function isFolderForOthers(path: string): Promise<boolean> {
  return ((await lstat(bytesOfPath(dirname(path)))).mode & 0o077) !== 0;
}

async function isVimSwapFile(path: string, name: string): Promise<boolean> {
  const file = await open(bytesOfPath(path));
  try {
    const { buffer } = await file.read({ buffer: Buffer.alloc(VIM_MAGIC_BYTES) });
    return isVimSwap(name, buffer);
  } finally {
    await file.close();
  }
}

/** Whether an error says that something is no longer there, or no longer what it was when its folder was read. */
export function isGone(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO', 'ESTALE'].includes(code);
}

/** What to say of a part of a context that cannot be read. */
export function unreadable(root: string, path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || error instanceof Failure) return error;
  const name = path === '' ? root : join(root, path);
  const isForbidden = code === 'EACCES' || code === 'EPERM';
  return new Failure('build', `the build context cannot be read: ${JSON.stringify(name)}: ${message}`, {
    cause: error,
    hint: `${isForbidden ? 'Let yourself read it (chmod u+r), or leave' : 'Leave'} it out by a line in .dockerignore: ${path === '' ? '*' : path}`,
  });
}

function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new Failure('build', `${file} cannot be read: ${error.message}`, { cause: error });
  });
}
