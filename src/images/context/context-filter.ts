// Pure: which paths of a build context a build can read: what its ignore file leaves, and of that what the Dockerfile
// names.

import { compilePattern, DockerIgnore, mayMatchBelow, type FolderMatch } from './docker-ignore.ts';

/** What is known of a path; that of a folder is needed to judge what lies in it. */
export interface FilterVerdict {
  readonly isIgnored: boolean;
  /** Whether a source is this path or a folder that it lies in. */
  readonly isNamed: boolean;
  readonly match: FolderMatch;
}

interface Source {
  readonly pattern: string;
  readonly matches: (path: string) => boolean;
}

export class ContextFilter {
  readonly #ignore: DockerIgnore;
  /** Undefined: the Dockerfile may read everything. */
  readonly #sources: readonly Source[] | undefined;
  /** Equal for two filters that keep the same paths. */
  readonly key: string;

  constructor(ignoreText: string, sources: readonly string[] | undefined) {
    this.#ignore = new DockerIgnore(ignoreText);
    this.#sources = sources?.map((pattern) => ({ pattern, matches: compilePattern(pattern) }));
    this.key = JSON.stringify([ignoreText, sources ?? null]);
  }

  /** The verdict on a path ('src/a.ts'), given the one on the folder that it lies in. */
  judge(path: string, folder?: FilterVerdict): FilterVerdict {
    const { ignored, match } = this.#ignore.judge(path, folder?.match);
    const isNamed = folder?.isNamed === true || (this.#sources?.some(({ matches }) => matches(path)) ?? true);
    return { isIgnored: ignored, isNamed, match };
  }

  /** Whether something below a folder may be kept, given the verdict on the folder. */
  mayKeepBelow(folder: string, { isIgnored, isNamed, match }: FilterVerdict): boolean {
    return (!isIgnored || this.#ignore.mayReInclude(folder, match)) && (isNamed || this.#namesBelow(folder));
  }

  /** Whether what lies at the path is kept, and no folder: a link also where a source is named through it. */
  keeps(path: string, { isIgnored, isNamed }: FilterVerdict, isLink: boolean): boolean {
    return !isIgnored && (isNamed || (isLink && this.#namesBelow(path)));
  }

  /** The same of a path alone, whatever lies there. */
  matters(path: string): boolean {
    return this.keeps(path, this.#along(path).at(-1)!, true);
  }

  /** Whether something below this folder may be kept. */
  reaches(folder: string): boolean {
    const verdicts = this.#along(folder);
    const segments = folder.split('/');
    return verdicts.every((verdict, index) =>
      this.mayKeepBelow(segments.slice(0, index + 1).join('/'), verdict),
    );
  }

  #namesBelow(folder: string): boolean {
    return this.#sources?.some(({ pattern }) => mayMatchBelow(pattern, folder)) ?? true;
  }

  #along(path: string): FilterVerdict[] {
    const segments = path.split('/');
    const verdicts: FilterVerdict[] = [];
    for (let count = 1; count <= segments.length; count++)
      verdicts.push(this.judge(segments.slice(0, count).join('/'), verdicts.at(-1)));
    return verdicts;
  }
}
