// Pure: whether a change can be synced, and what of it.

import type { SyncCoverage } from './sync-rules.ts';

/** An entry of a build context. */
export interface SourceEntry {
  readonly kind: 'file' | 'folder' | 'link';
  /** Of a file: SHA-256 of its content, 64 hex digits. Of a link: where it points. */
  readonly digest: string;
  /** Permissions; see ContextEntry. */
  readonly mode: number;
  readonly sizeBytes: number;
}

/** Everything that an image is made of, at one moment. */
export interface SourceSnapshot {
  /** Of all of it; as images are tagged by. */
  readonly fingerprint: string;
  /** The same without the context: Dockerfile, arguments, bases. */
  readonly frame: string;
  /** The context, by path in it. */
  readonly entries: ReadonlyMap<string, SourceEntry>;
}

/** One place in the volume that does not follow from the image alone. */
export interface SyncChange {
  /** In the context. */
  readonly path: string;
  /** In the volume, below tree/. */
  readonly place: string;
  readonly after: string;
  /** Undefined: it is gone. */
  readonly entry: SourceEntry | undefined;
  readonly was: SourceEntry | undefined;
}

export type SyncPlan =
  | { readonly kind: 'sync'; readonly changes: readonly SyncChange[] }
  | { readonly kind: 'rebuild'; readonly reason: string };

export interface SyncQuestion {
  readonly built: SourceSnapshot;
  readonly wanted: SourceSnapshot;
  /** Paths that were synced since the build: they are sent again even when they are as in the image by now. */
  readonly touched: ReadonlySet<string>;
  readonly coverage: SyncCoverage;
  /** What the paths of the context begin with in the project: '' or 'apps/todo/'. */
  readonly prefix: string;
  readonly limits: SyncLimits;
}

export interface SyncLimits {
  readonly files: number;
  readonly bytes: number;
}

/** New pods take the files from a ConfigMap, which holds 1 MiB; an archive has 1 KiB more for each file. */
export const SYNC_LIMITS: SyncLimits = { files: 200, bytes: 700_000 };

/** What pods that run the image need to have what is wanted; or why only a new image will do. */
export function planSync({ built, wanted, touched, coverage, prefix, limits }: SyncQuestion): SyncPlan {
  if (built.frame !== wanted.frame) return rebuild('the Dockerfile, its arguments or its bases changed');
  // One that came by a sync and went again is in neither of the two.
  const paths = new Set([...built.entries.keys(), ...wanted.entries.keys(), ...touched]);
  const changes: SyncChange[] = [];
  let bytes = 0;
  for (const path of paths) {
    const [was, entry] = [built.entries.get(path), wanted.entries.get(path)];
    if (isSame(was, entry) && !touched.has(path)) continue;
    // A folder is there with its files; an empty one is not worth a rule of its own.
    if (isFolderAlone(was, entry) && hasNeighbours(path, wanted.entries, entry)) continue;
    const cover = coverage.of(prefix + path);
    if (cover.kind === 'rebuild') return cover;
    if (was?.kind === 'link' || entry?.kind === 'link') return rebuild(`${path} is a link`);
    if (entry?.kind === 'file' && entry.mode !== 0o644 && entry.mode !== 0o755)
      return rebuild(`${path} has permissions of its own`);
    if (/[\n\\]/.test(path) || !path.isWellFormed())
      return rebuild(`the name of ${JSON.stringify(path)} cannot be sent`);
    bytes += entry?.sizeBytes ?? 0;
    changes.push({ path, place: cover.place, after: cover.after, entry, was });
  }
  if (changes.length > limits.files)
    return rebuild(`${changes.length} files differ from the image, and at most ${limits.files} are synced`);
  if (bytes > limits.bytes)
    return rebuild(`${bytes} bytes differ from the image, and at most ${limits.bytes} are synced`);
  return { kind: 'sync', changes };
}

export function isSame(a: SourceEntry | undefined, b: SourceEntry | undefined): boolean {
  if (!a || !b) return a === b;
  return a.kind === b.kind && a.digest === b.digest && a.mode === b.mode;
}

/** What has to happen after all of these: starting again makes signals needless. */
export function strongestAfter(afters: readonly string[]): string {
  if (afters.includes('restart')) return 'restart';
  const signals = [...new Set(afters.filter((after) => after !== 'nothing'))].sort();
  return signals.length === 0 ? 'nothing' : signals.join(',');
}

function isFolderAlone(was: SourceEntry | undefined, entry: SourceEntry | undefined): boolean {
  return [was, entry].every((one) => one === undefined || one.kind === 'folder');
}

function hasNeighbours(
  path: string,
  entries: ReadonlyMap<string, SourceEntry>,
  entry: SourceEntry | undefined,
): boolean {
  if (!entry) return false;
  for (const other of entries.keys()) if (other.startsWith(`${path}/`)) return true;
  return false;
}

function rebuild(reason: string): SyncPlan {
  return { kind: 'rebuild', reason };
}
