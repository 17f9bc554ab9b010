// Pure: which paths matter, and to whom.

export interface WatchRoot {
  /** What hints call it. Several roots may have the same. */
  readonly id: string;
  /** Absolute, with '/' between segments and none at the end. */
  readonly folder: string;
  /** Two roots of the same folder and key want the same. */
  readonly key: string;
  /** Whether a file, link or folder at this path (relative to the folder) matters. */
  readonly matters: (path: string) => boolean;
  /** Whether something below a folder at this path may matter. */
  readonly reaches: (path: string) => boolean;
}

/** Everything below a folder, but what is ignored. */
export function folderRoot(
  id: string,
  folder: string,
  filter: Pick<WatchRoot, 'key' | 'matters' | 'reaches'>,
): WatchRoot {
  return { id, folder, ...filter };
}

/** One file, which need not be there yet. */
export function fileRoot(id: string, file: string): WatchRoot {
  const slash = file.lastIndexOf('/');
  const name = file.slice(slash + 1);
  return {
    id,
    folder: file.slice(0, slash) || '/',
    key: `file ${name}`,
    matters: (path) => path === name,
    reaches: () => false,
  };
}

/** Some roots, asked about absolute paths. */
export class RootIndex {
  readonly #byFolder = new Map<string, WatchRoot[]>();

  constructor(roots: readonly WatchRoot[]) {
    for (const root of roots) {
      const same = this.#byFolder.get(root.folder) ?? [];
      if (!same.some(({ id, key }) => id === root.id && key === root.key)) same.push(root);
      this.#byFolder.set(root.folder, same);
    }
  }

  /** The folders that have to be watched; one may lie in another. */
  get folders(): string[] {
    return [...this.#byFolder.keys()].sort();
  }

  /** The same text for the same paths wanted by the same roots. */
  get key(): string {
    return this.folders
      .map((folder) => {
        const keys = this.#byFolder.get(folder)!.map(({ id, key }) => `${id}\0${key}`);
        return [folder, ...keys.sort()].join('\0\0');
      })
      .join('\0\0\0');
  }

  /** Ids of the roots to which something at this path matters, each once. */
  rootsOf(path: string): string[] {
    const found = new Set<string>();
    for (const [root, relative] of this.#above(path)) {
      if (relative === '' || root.matters(relative) || root.reaches(relative)) found.add(root.id);
    }
    return [...found];
  }

  /** Whether nobody wants it. What is at the path is a folder, is none, or is not known. */
  isIgnored(path: string, isFolder: boolean | undefined): boolean {
    for (const [root, relative] of this.#above(path)) {
      if (relative === '') return false;
      if (isFolder !== true && root.matters(relative)) return false;
      if (isFolder !== false && root.reaches(relative)) return false;
    }
    return true;
  }

  /** The roots that a path lies in, with where in them. */
  *#above(path: string): Generator<[WatchRoot, string]> {
    for (let end = path.length; end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = end === 0 ? '/' : path.slice(0, end);
      for (const root of this.#byFolder.get(folder) ?? [])
        yield [root, path.slice(folder === '/' ? 1 : end + 1)];
      if (end === 0) return;
    }
  }
}
