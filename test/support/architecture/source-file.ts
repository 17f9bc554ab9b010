// A parsed source file, with what the architecture rules ask of it.

import { dirname, join } from 'node:path/posix';
import { parseSync, type ESTree } from 'rolldown/utils';

export interface Import {
  readonly specifier: string;
  /** Path from the project root for a relative import, else the name of the package ('node:fs', '@scope/name'). */
  readonly target: string;
  readonly isRelative: boolean;
  /** Nothing of it is left at run time. */
  readonly isTypeOnly: boolean;
  readonly isReExport: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** From the project root. */
  readonly path: string;
  readonly text: string;
  readonly program: ESTree.Program;
  readonly imports: readonly Import[];
  readonly lineOf: (offset: number) => number;
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const lineOf = (offset: number): number => starts.findLastIndex((start) => start <= offset) + 1;
  const make = (specifier: string, start: number, isTypeOnly: boolean, isReExport = false): Import => {
    const isRelative = specifier.startsWith('.');
    const target = isRelative ? join(dirname(path), specifier) : packageName(specifier);
    return { specifier, target, isRelative, isTypeOnly, isReExport, line: lineOf(start) };
  };
  const imports = parsed.module.staticImports.map((found) =>
    make(
      found.moduleRequest.value,
      found.start,
      found.entries.length > 0 && found.entries.every((entry) => entry.isType),
    ),
  );
  for (const found of parsed.module.staticExports) {
    const source = found.entries[0]?.moduleRequest?.value;
    if (source === undefined) continue;
    imports.push(
      make(
        source,
        found.start,
        found.entries.every((entry) => entry.isType),
        true,
      ),
    );
  }
  for (const found of parsed.module.dynamicImports) {
    const quoted = text.slice(found.moduleRequest.start, found.moduleRequest.end);
    const specifier = /^(['"`])([^'"`$]+)\1$/.exec(quoted)?.[2];
    if (specifier !== undefined) imports.push(make(specifier, found.start, false));
  }
  return { path, text, program: parsed.program, imports, lineOf };
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
