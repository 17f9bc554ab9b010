// The shape and the names of source files.

import { isProduct, perSource } from './rule.ts';

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|contract|config|d))?\.(ts|mjs|js)$/;
const VAGUE_WORDS = /^(utils?|helpers?|common|misc|managers?|handlers?)$/;
const DEFAULT_EXPORTERS = new Set(['slipway.config.ts', 'test/vitest.config.ts']);

const everywhere = (): boolean => true;

export const filesSayWhatTheyAreFor = perSource(
  'a file in src/ or scripts/ opens with a comment that says what it is for',
  isProduct,
  (source, report) => {
    if (!/^(#!.*\n)?(\/\/ |\/\*)/.test(source.text)) report(1, 'opens without a comment');
  },
);

export const fileNamesAreKebabCase = perSource('file names are kebab-case', everywhere, (source, report) => {
  const name = source.path.split('/').at(-1) ?? '';
  if (!KEBAB_CASE.test(name)) report(1, `${name} is not kebab-case`);
});

export const namesAreNotVague = perSource(
  'no folder, file or export is named util, helper, common, misc, manager or handler',
  everywhere,
  (source, report) => {
    const vague = (name: string): string | undefined => wordsOf(name).find((word) => VAGUE_WORDS.test(word));
    const inPath = vague(source.path);
    if (inPath !== undefined) report(1, `the path says '${inPath}'`);
    for (const node of source.program.body) {
      if (node.type !== 'ExportNamedDeclaration' || !node.declaration) continue;
      for (const { name, start } of declaredNames(node.declaration)) {
        const word = vague(name);
        if (word !== undefined) report(source.lineOf(start), `${name} says '${word}'`);
      }
    }
  },
);

export const noDefaultExports = perSource(
  'nothing is exported by default but configs that tools ask for',
  (path) => !DEFAULT_EXPORTERS.has(path),
  (source, report) => {
    for (const node of source.program.body) {
      if (node.type === 'ExportDefaultDeclaration') report(source.lineOf(node.start), 'export default');
    }
  },
);

export const noBarrels = perSource(
  'no file only passes on what others export',
  everywhere,
  (source, report) => {
    const passesOn = source.imports.filter(({ isReExport }) => isReExport);
    const hasOwn = source.program.body.some(
      (node) =>
        node.type !== 'ImportDeclaration' &&
        node.type !== 'ExportAllDeclaration' &&
        !(node.type === 'ExportNamedDeclaration' && node.declaration === null),
    );
    if (!hasOwn) for (const found of passesOn) report(found.line, `passes on ${found.specifier}`);
    // src/index.ts is the public API, and nothing else is.
    if (/(^|\/)index\.(ts|mjs|js)$/.test(source.path) && source.path !== 'src/index.ts')
      report(1, 'is named index');
  },
);

function declaredNames(node: {
  readonly type: string;
  readonly id?: unknown;
  readonly declarations?: unknown;
}): { name: string; start: number }[] {
  const named = node.declarations === undefined ? [node] : (node.declarations as { id?: unknown }[]);
  return named.flatMap(({ id }) => {
    const identifier = id as { type?: string; name?: string; start?: number } | null | undefined;
    if (identifier?.type !== 'Identifier' || identifier.name === undefined) return [];
    return [{ name: identifier.name, start: identifier.start ?? 0 }];
  });
}

function wordsOf(name: string): string[] {
  return (
    name
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      // The name of a product, which nobody here can choose.
      .replace(/\bcert[ -]manager\b/g, '')
      .split(/[^a-z0-9]+/)
  );
}
