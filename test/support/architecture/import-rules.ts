// Which file may import what.

import { Visitor } from 'rolldown/utils';
import { BUNDLED } from '../../../scripts/build/bundled.ts';
import { isRunner, isProduct, perSource, type Rule, type Violation } from './rule.ts';
import type { SourceFile } from './source-file.ts';

/** Where a package may be imported, types included; packages that are not named here are free. */
const homes: Readonly<Record<string, readonly string[]>> = {
  dockerode: ['src/images/', 'src/engine/'],
  '@kubernetes/client-node': ['src/kubernetes/'],
  ws: ['src/kubernetes/'],
  '@peculiar/x509': ['src/certificates/'],
  'reflect-metadata': ['src/certificates/'],
  chokidar: ['src/watch/'],
  listr2: ['src/view/'],
  'cli-table3': ['src/view/'],
  picocolors: ['src/view/'],
  zx: ['src/process/'],
  'node:child_process': ['src/process/', 'scripts/bootstrap/', 'scripts/build/'],
};

const isMarkedPure = (source: SourceFile): boolean =>
  source.path.startsWith('src/plan/') || source.text.startsWith('// Pure:');

const isPort = (source: SourceFile): boolean => source.text.startsWith('// Port:');

export const pureFilesDoNoIo: Rule = {
  name: 'plan/ and files marked pure reach no node: module and no package but zod',
  check: ({ sources }) => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    // What a file reaches at run time is followed; a type costs nothing, but even a type of node: tells of I/O.
    const outside = (source: SourceFile, seen: Set<string>): string | undefined => {
      for (const found of source.imports) {
        if (!found.isRelative && found.target !== 'zod') return `${found.target} in ${source.path}`;
        const next = byPath.get(found.target);
        if (!next || found.isTypeOnly || seen.has(next.path)) continue;
        seen.add(next.path);
        const reached = outside(next, seen);
        if (reached !== undefined) return reached;
      }
      return undefined;
    };
    return sources.filter(isMarkedPure).flatMap((source) =>
      source.imports.flatMap((found): Violation[] => {
        const place = { path: source.path, line: found.line };
        if (!found.isRelative)
          return found.target === 'zod' ? [] : [{ ...place, message: `imports ${found.target}` }];
        const next = byPath.get(found.target);
        const reached = next && !found.isTypeOnly ? outside(next, new Set([next.path])) : undefined;
        return reached === undefined ? [] : [{ ...place, message: `reaches ${reached}` }];
      }),
    );
  },
};

export const packagesStayHome = perSource(
  'a package with a home is imported only there',
  isProduct,
  (source, report) => {
    for (const found of source.imports) {
      const allowed = homes[found.target];
      if (!allowed || allowed.some((folder) => source.path.startsWith(folder))) continue;
      if (found.target === 'zx' && isRunner(source.path)) continue;
      report(found.line, `imports ${found.target}, which belongs in ${allowed.join(', ')}`);
    }
  },
);

export const runtimePackagesAreDependencies: Rule = {
  name: 'what src/ and scripts/ import is a dependency or bundled, not a devDependency',
  check: ({ sources, texts }) => {
    const manifest = JSON.parse(texts.get('package.json') ?? '{}') as { dependencies?: object };
    const known = new Set([...Object.keys(manifest.dependencies ?? {}), ...BUNDLED]);
    return (
      sources
        // What builds the package is no part of it.
        .filter(({ path }) => isProduct(path) && !path.startsWith('scripts/build'))
        .flatMap((source) =>
          source.imports
            .filter((found) => !found.isRelative && !found.isTypeOnly)
            .filter(({ target }) => !target.startsWith('node:') && !known.has(target))
            .map(({ line, target }) => ({ path: source.path, line, message: `imports ${target}` })),
        )
    );
  },
};

export const adaptersKnowOnlyPorts: Rule = {
  name: 'an adapter (a class that implements a port) imports no other adapter',
  check: ({ sources }) => {
    const ports = new Set(sources.filter(isPort).map(({ path }) => path));
    const adapters = new Set(
      sources.filter((source) => implementsPort(source, ports)).map(({ path }) => path),
    );
    return sources
      .filter(({ path }) => adapters.has(path))
      .flatMap((source) =>
        source.imports
          .filter(({ target }) => adapters.has(target))
          .map(({ line, target }) => ({ path: source.path, line, message: `imports the adapter ${target}` })),
      );
  },
};

function implementsPort(source: SourceFile, ports: ReadonlySet<string>): boolean {
  if (!source.imports.some(({ target }) => ports.has(target))) return false;
  const imported = new Set(
    source.program.body.flatMap((node) =>
      node.type === 'ImportDeclaration' &&
      source.imports.some((i) => ports.has(i.target) && i.specifier === node.source.value)
        ? node.specifiers.map(({ local }) => local.name)
        : [],
    ),
  );
  let isAdapter = false;
  new Visitor({
    ClassDeclaration: (node) => {
      isAdapter ||=
        node.implements?.some(
          ({ expression }) => expression.type === 'Identifier' && imported.has(expression.name),
        ) ?? false;
    },
  }).visit(source.program);
  return isAdapter;
}

export const noCycles: Rule = {
  name: 'no file imports itself, however far round, not even for a type',
  check: ({ sources }) => {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const done = new Set<string>();
    const violations: Violation[] = [];
    const visit = (source: SourceFile, trail: readonly string[]): void => {
      if (done.has(source.path)) return;
      for (const found of source.imports) {
        const start = [...trail, source.path].indexOf(found.target);
        if (start >= 0) {
          const circle = [...trail.slice(start), source.path, found.target].join(' → ');
          violations.push({ path: source.path, line: found.line, message: `closes the circle ${circle}` });
          continue;
        }
        const next = byPath.get(found.target);
        if (next) visit(next, [...trail, source.path]);
      }
      done.add(source.path);
    };
    for (const source of sources) visit(source, []);
    return violations;
  },
};

/** What the build makes is in no checkout. */
const isBuilt = (path: string): boolean => path.startsWith('dist/');

export const relativeImportsExist: Rule = {
  name: 'a relative import names a file that is there, with its suffix',
  check: ({ sources, texts }) =>
    sources.flatMap((source) =>
      source.imports
        .filter(({ isRelative, target }) => isRelative && !texts.has(target) && !isBuilt(target))
        .map(({ line, target }) => ({ path: source.path, line, message: `imports ${target}` })),
    ),
};
