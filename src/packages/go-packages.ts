// What a Go module would compile: asked before a build, so that its progress has a real total.

import type { Command, CommandRunner } from '../process/command-runner.ts';

export interface GoPackages {
  /** File name of the program that each asked-for main package becomes, by the path that was asked for. */
  readonly programs: ReadonlyMap<string, string>;
  /** Packages that are not in Go's build cache and have to be compiled. */
  readonly toCompile: ReadonlySet<string>;
}

/** Reads `go list` with the flags of the build; modules that are missing are downloaded and checked by this. */
export async function observeGoPackages(
  commands: CommandRunner,
  command: Omit<Command, 'program' | 'args'>,
  flags: readonly string[],
  packages: readonly string[],
): Promise<GoPackages> {
  const format = '{{.ImportPath}}\t{{.Stale}}\t{{.Name}}\t{{join .Match ","}}\t{{.Target}}';
  const args = ['list', ...flags, '-deps', '-f', format, '--', ...packages];
  const { stdout } = await commands.run({ ...command, program: 'go', args });
  return parseGoPackages(stdout);
}

/** Exported for its test: reads the lines that `observeGoPackages` asks for. */
export function parseGoPackages(lines: string): GoPackages {
  const programs = new Map<string, string>();
  const toCompile = new Set<string>();
  for (const line of lines.split('\n')) {
    const [importPath, stale, name, askedAs, target] = line.split('\t');
    if (importPath === undefined || importPath === '') continue;
    if (stale === 'true') toCompile.add(importPath);
    if (name !== 'main' || askedAs === undefined || askedAs === '') continue;
    const program = target?.split(/[\\/]/).pop() || defaultProgramName(importPath);
    for (const path of askedAs.split(',')) programs.set(path, program);
  }
  return { programs, toCompile };
}

// As go names programs: the last element that is not a major version.
function defaultProgramName(importPath: string): string {
  const elements = importPath.split('/').filter((element) => !/^v\d+$/.test(element));
  return elements.pop() ?? importPath;
}
