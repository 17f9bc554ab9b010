// What an architecture rule is: a sentence, and a function that names every place where it does not hold.

import type { SourceFile } from './source-file.ts';

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface Project {
  /** Every file of TypeScript or JavaScript that is ours. */
  readonly sources: readonly SourceFile[];
  /** Every text file by its path from the project root. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface Rule {
  /** What holds, as a test title. */
  readonly name: string;
  check(project: Project): Violation[];
}

/** A rule that looks at one source file at a time. */
export function perSource(
  name: string,
  applies: (path: string) => boolean,
  check: (source: SourceFile, report: (line: number, message: string) => void) => void,
): Rule {
  return {
    name,
    check: (project) =>
      project.sources
        .filter((source) => applies(source.path))
        .flatMap((source) => {
          const found: Violation[] = [];
          check(source, (line, message) => found.push({ path: source.path, line, message }));
          return found;
        }),
  };
}

/** A rule that looks at one text file at a time, line by line. */
export function perLine(
  name: string,
  applies: (path: string) => boolean,
  check: (line: string, place: { readonly path: string; readonly project: Project }) => readonly string[],
): Rule {
  return {
    name,
    check: (project) =>
      [...project.texts]
        .filter(([path]) => applies(path))
        .flatMap(([path, text]) =>
          text
            .split('\n')
            .flatMap((line, index) =>
              check(line, { path, project }).map((message) => ({ path, line: index + 1, message })),
            ),
        ),
  };
}

/** The product and its task runners, not its tests. */
export const isProduct = (path: string): boolean => path.startsWith('src/') || path.startsWith('scripts/');

/** scripts/up.ts and the like: the edge of the program. */
export const isRunner = (path: string): boolean => /^scripts\/[^/]+\.ts$/.test(path);
