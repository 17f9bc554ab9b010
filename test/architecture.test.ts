// The rules of the architecture, on the project itself and each on a small file that breaks it.

import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as importRules from './support/architecture/import-rules.ts';
import { inMemoryProject, loadProject } from './support/architecture/load-project.ts';
import type { Rule } from './support/architecture/rule.ts';
import * as shapeRules from './support/architecture/shape-rules.ts';
import * as stateRules from './support/architecture/state-rules.ts';
import * as textRules from './support/architecture/text-rules.ts';

const rules: Rule[] = [importRules, stateRules, shapeRules, textRules].flatMap((file) => Object.values(file));

function violations(rule: Rule, files: Readonly<Record<string, string>>): string[] {
  return rule.check(inMemoryProject(files)).map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

describe('in this project', () => {
  const project = loadProject(fileURLToPath(new URL('..', import.meta.url)));

  test('the rules see the files', () => {
    expect(project.sources.length).toBeGreaterThan(50);
    expect(project.texts.has('package.json')).toBe(true);
  });

  test.each(rules.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
    const found = rule.check(project).map(({ path, line, message }) => `${path}:${line}: ${message}`);
    expect(found).toEqual([]);
  });
});

describe('a rule finds what breaks it', () => {
  const port = { 'src/a/store.ts': '// Port: x\nexport interface Store { get(): string }\n' };

  test.each([
    [
      'a pure file that imports a node: module',
      importRules.pureFilesDoNoIo,
      { 'src/plan/graph.ts': "// x\nimport type { Readable } from 'node:stream';\n" },
      ['src/plan/graph.ts:2: imports node:stream'],
    ],
    [
      'a pure file that reaches a package through another file',
      importRules.pureFilesDoNoIo,
      {
        'src/x/a.ts': "// Pure: x\nimport { b } from './b.ts';\n",
        'src/x/b.ts': "import { parse } from 'yaml';\nexport const b = parse;\n",
      },
      ['src/x/a.ts:2: reaches yaml in src/x/b.ts'],
    ],
    [
      'a package away from its home, imported late',
      importRules.packagesStayHome,
      { 'src/releases/a.ts': "export const d = () => import('dockerode');\n" },
      ['src/releases/a.ts:1: imports dockerode, which belongs in src/images/, src/engine/'],
    ],
    [
      'a program started elsewhere',
      importRules.packagesStayHome,
      { 'src/releases/a.ts': "import { spawn } from 'node:child_process';\n" },
      [
        'src/releases/a.ts:1: imports node:child_process, which belongs in src/process/, scripts/bootstrap/, scripts/build/',
      ],
    ],
    [
      'a devDependency in src/',
      importRules.runtimePackagesAreDependencies,
      { 'package.json': '{"dependencies":{"zod":"1"}}', 'src/a.ts': "import 'zod';\nimport 'vitest';\n" },
      ['src/a.ts:2: imports vitest'],
    ],
    [
      'an adapter that imports another one',
      importRules.adaptersKnowOnlyPorts,
      {
        ...port,
        'src/a/one.ts': "import type { Store } from './store.ts';\nexport class One implements Store {}\n",
        'src/b/two.ts':
          "import type { Store } from '../a/store.ts';\nimport { One } from '../a/one.ts';\nexport class Two implements Store {}\n",
      },
      ['src/b/two.ts:2: imports the adapter src/a/one.ts'],
    ],
    [
      'a circle',
      importRules.noCycles,
      {
        'src/a.ts': "import { b } from './b.ts';\n",
        'src/b.ts': "import type { c } from './c.ts';\n",
        'src/c.ts': "\nimport { a } from './a.ts';\n",
      },
      ['src/c.ts:2: closes the circle src/a.ts → src/b.ts → src/c.ts → src/a.ts'],
    ],
    [
      'an import of a file that is not there',
      importRules.relativeImportsExist,
      { 'src/a.ts': "import { b } from './b.js';\n" },
      ['src/a.ts:1: imports src/b.js'],
    ],
    [
      'the process away from the edge',
      stateRules.onlyTheEdgeTouchesTheProcess,
      {
        'src/x/a.ts': "export const home = process.env['HOME'];\nconsole.log(process.pid);\n",
        'scripts/up.ts': 'process.exit(1);\n',
        'src/cli/run.ts': 'process.argv;\n',
      },
      ['src/x/a.ts:1: touches process.env', 'src/x/a.ts:2: touches console.log'],
    ],
    [
      'state in a module',
      stateRules.noModuleState,
      {
        'src/x/a.ts': [
          'let count = 0;',
          'const cache = new Map<string, string>();',
          'const table = { a: 1 };',
          'const list = [1];',
          'export const fine = new Set([1]);',
          'export function f(): void { table.a = 2; list.push(2); fine.has(1); count++; }',
          'class A { static open = 0; static readonly max = 1; }',
        ].join('\n'),
      },
      [
        'src/x/a.ts:1: module-level let',
        'src/x/a.ts:2: cache is empty: it can only be there to be filled',
        'src/x/a.ts:6: table is written to',
        'src/x/a.ts:6: list is changed by push()',
        'src/x/a.ts:7: a static field that is not readonly',
      ],
    ],
    [
      'a file that does not say what it is for',
      shapeRules.filesSayWhatTheyAreFor,
      { 'src/a.ts': 'export const a = 1;\n', 'src/b.mjs': '#!/usr/bin/env node\n// For b.\n' },
      ['src/a.ts:1: opens without a comment'],
    ],
    [
      'a file name in another case',
      shapeRules.fileNamesAreKebabCase,
      { 'test/KindDriver.ts': '', 'test/kind-driver.test.ts': '' },
      ['test/KindDriver.ts:1: KindDriver.ts is not kebab-case'],
    ],
    [
      'a vague name',
      shapeRules.namesAreNotVague,
      {
        'src/utils/a.ts': 'export class ImageManager {}\nexport const helperFor = 1, ok = 2;\n',
        'src/x/command.ts': 'export function commonplace(): void {}\n',
        'src/x/cert-manager.ts': 'export const certManagerVersion = 1, concertManager = 2;\n',
      },
      [
        "src/utils/a.ts:1: the path says 'utils'",
        "src/utils/a.ts:1: ImageManager says 'manager'",
        "src/utils/a.ts:2: helperFor says 'helper'",
        "src/x/cert-manager.ts:1: concertManager says 'manager'",
      ],
    ],
    [
      'a default export',
      shapeRules.noDefaultExports,
      { 'src/a.ts': 'export default 1;\n', 'slipway.config.ts': 'export default 1;\n' },
      ['src/a.ts:1: export default'],
    ],
    [
      'a barrel',
      shapeRules.noBarrels,
      {
        'src/x/all.ts': "export * from './a.ts';\nexport { b } from './b.ts';\n",
        'src/x/own.ts': "export type { A } from './a.ts';\nexport const b = 1;\n",
        'src/x/index.ts': 'export const a = 1;\n',
      },
      [
        'src/x/all.ts:1: passes on ./a.ts',
        'src/x/all.ts:2: passes on ./b.ts',
        'src/x/index.ts:1: is named index',
      ],
    ],
    [
      'the host of a registry',
      textRules.noRegistryHosts,
      { 'a.md': `x\nfrom https://${['registry', 'npmjs', 'org'].join('.')}/x\n`, 'b.md': 'docs.crates.iota' },
      [`a.md:2: names ${['registry', 'npmjs', 'org'].join('.')}`],
    ],
    [
      'a path of one machine',
      textRules.noMachinePaths,
      { 'a.sh': `cd ${['', 'home', 'jo', 'src'].join('/')}\n`, 'b.sh': 'mkdir /home' },
      [`a.sh:1: holds ${['', 'home', 'jo', ''].join('/')}`],
    ],
    [
      'a text that names an npm script',
      textRules.textsSaySlipway,
      { 'src/a.ts': '// Run `npm run up`.\n// slipway up\n', 'scripts/up.ts': '// npm run up\n' },
      ['src/a.ts:1: says npm run'],
    ],
    [
      'a path in a README that is not there',
      textRules.documentedPathsExist,
      {
        'README.md': '`scripts/up.ts` and `scripts/gone.ts`, [x](docs/x.md), `npm run up`, `scripts/`\n',
        'scripts/README.md': '`up.ts`, [root](../README.md), [web](https://example.com), [here](#here)\n',
        'scripts/up.ts': '',
      },
      ['README.md:1: names scripts/gone.ts', 'README.md:1: links to docs/x.md'],
    ],
  ] as const)('%s', (_name, rule, files, expected) => {
    expect(violations(rule, files)).toEqual(expected);
  });

  test('and every rule has such a file here', () => {
    expect(rules).toHaveLength(17);
  });
});
