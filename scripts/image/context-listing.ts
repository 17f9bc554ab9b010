// What belongs to a build context, after .dockerignore, always in the same order.

import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Failure } from '../failure.ts';
import { DockerIgnore, type FolderMatch } from './docker-ignore.ts';
import { isEditorFile } from './editor-file.ts';

export interface ContextEntry {
  /** Relative to the context folder, with '/' between segments. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  /** Of a file: whether its owner may execute it. No other mode bit counts: a checkout elsewhere has others. */
  readonly executable: boolean;
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
}

/**
 * Lists the context. `<Dockerfile>.dockerignore` beside the Dockerfile comes before `.dockerignore` in the
 * context folder. Sockets and devices are left out, as the engine's own client does, and so are the files of
 * editors, which it would send.
 */
export async function listContext(place: ContextPlace, signal: AbortSignal): Promise<BuildContext> {
  const { contextFolder } = place;
  const isFolder = await lstat(contextFolder).then(
    (found) => found.isDirectory() || found.isSymbolicLink(),
    () => false,
  );
  if (!isFolder)
    throw new Failure('build', `the build context ${contextFolder} is not a folder`, {
      hint: 'Correct the path in the config (images.<name>.context).',
    });
  const ignoreText = await readIgnoreText(place);
  const ignore = new DockerIgnore(ignoreText);
  const entries = await walk(contextFolder, '', ignore, undefined, signal);
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { contextFolder, entries, ignoreText };
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
  ignore: DockerIgnore,
  parent: FolderMatch | undefined,
  signal: AbortSignal,
): Promise<ContextEntry[]> {
  signal.throwIfAborted();
  const found = await readdir(join(root, folder), { withFileTypes: true }).catch((cause: Error) => {
    throw new Failure('build', `the build context cannot be read: ${cause.message}`, { cause });
  });
  const parts = await Promise.all(
    found.map(async (entry): Promise<ContextEntry[]> => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const { ignored, match } = ignore.judge(path, parent);
      if (entry.isDirectory()) {
        if (ignored && !ignore.mayReInclude(path, match)) return [];
        const below = await walk(root, path, ignore, match, signal);
        // An ignored folder of which something comes back is there as well, or its mode would be up to the engine.
        return ignored && below.length === 0 ? [] : [...(await describe(root, path)), ...below];
      }
      if (ignored || isEditorFile(entry.name) || !(entry.isFile() || entry.isSymbolicLink())) return [];
      return describe(root, path);
    }),
  );
  return parts.flat();
}

/** None when it has gone since its folder was read. */
async function describe(root: string, path: string): Promise<ContextEntry[]> {
  try {
    return [await readEntry(root, path)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readEntry(root: string, path: string): Promise<ContextEntry> {
  const file = join(root, path);
  const found = await lstat(file, { bigint: true });
  const kind = found.isSymbolicLink() ? 'link' : found.isDirectory() ? 'folder' : 'file';
  return {
    path,
    kind,
    executable: kind === 'file' && (found.mode & 0o100n) !== 0n,
    target: kind === 'link' ? await readlink(file) : undefined,
    stat: {
      sizeBytes: Number(found.size),
      mtimeNs: found.mtimeNs,
      ctimeNs: found.ctimeNs,
      inode: found.ino,
    },
  };
}

function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new Failure('build', `${file} cannot be read: ${error.message}`, { cause: error });
  });
}
