import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONFIG_NAMES, findConfig } from '../../../src/config/find-config.ts';
import { readConfigModule } from '../../../src/config/read-config-module.ts';
import { failureOf } from '../../support/failure-of.ts';

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'slipway-config-'))));
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, text = ''): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

describe('the config of a folder', () => {
  test.each(CONFIG_NAMES)('is %s there', async (name) => {
    const file = await write(name);
    expect(findConfig(root, undefined)).toBe(file);
  });

  test('is the nearest one above it, up to the root of the repository', async () => {
    const file = await write('repo/slipway.config.mjs');
    await write('repo/.git/HEAD');
    await mkdir(join(root, 'repo/a/b'), { recursive: true });
    expect(findConfig(join(root, 'repo/a/b'), undefined)).toBe(file);
    const nearer = await write('repo/a/slipway.config.yaml');
    expect(findConfig(join(root, 'repo/a/b'), undefined)).toBe(nearer);
  });

  test('is none of another repository, and none above the home folder', async () => {
    await write('slipway.config.ts');
    // Of a worktree or a submodule, where .git is a file.
    await write('repo/.git', 'gitdir: elsewhere');
    expect(findConfig(join(root, 'repo'), undefined)).toBe(join(root, 'repo/slipway.config.ts'));
    await mkdir(join(root, 'home/project'), { recursive: true });
    expect(findConfig(join(root, 'home/project'), join(root, 'home'))).toBe(
      join(root, 'home/project/slipway.config.ts'),
    );
  });

  test('that is not there is a problem which says where it would be', async () => {
    const failure = await failureOf(readConfigModule(findConfig(root, root)));
    expect(failure).toMatchObject({ code: 'config', hint: expect.stringContaining('up to the root') });
    expect(failure.message).toContain(root);
  });

  test('is refused where there are two, with both named', async () => {
    await write('slipway.config.json', '{}');
    const failure = await failureOf(readConfigModule(await write('slipway.config.ts', 'export default {};')));
    expect(failure.message).toContain('slipway.config.ts, slipway.config.json');
  });
});

describe('a config is read', () => {
  const wanted = { default: 'dev', environments: { dev: { namespace: 'dev' } } };
  const json = JSON.stringify(wanted);
  const yaml = 'default: dev\nenvironments: { dev: { namespace: dev } }\n';
  const typed = `interface A { b: string }\nconst a: A = { b: 'dev' };\nexport default { default: a.b, environments: { dev: { namespace: a.b } } };\n`;

  test.each([
    ['slipway.config.json', json],
    [
      'slipway.config.json',
      JSON.stringify({ $schema: './node_modules/slipway/config.schema.json', ...wanted }),
    ],
    ['slipway.config.yaml', `# yaml-language-server: $schema=x\n${yaml}`],
    ['slipway.config.yml', yaml],
    ['slipway.config.cjs', `module.exports = ${json};`],
    ['slipway.config.mjs', `export default ${json};`],
    ['slipway.config.js', `export default ${json};`],
    ['slipway.config.mts', typed],
    ['slipway.config.ts', typed],
    ['slipway.config.ts', `import { defineConfig } from 'slipway';\nexport default defineConfig(${json});`],
  ])('from %s (%#), whatever package.json says or where there is none', async (name, text) => {
    // Each in a folder of its own: a process imports a module once.
    for (const [folder, manifest] of [
      ['none', undefined],
      ['untyped', '{}'],
      ['commonjs', '{"type":"commonjs"}'],
      ['module', '{"type":"module"}'],
    ] as const) {
      if (manifest !== undefined) await write(`${folder}/package.json`, manifest);
      if (folder === 'module' && text.includes("'slipway'")) {
        await write(`${folder}/node_modules/slipway/package.json`, '{"exports":"./a.mjs"}');
        await write(
          `${folder}/node_modules/slipway/a.mjs`,
          'export const defineConfig = (config) => config;',
        );
      }
      const file = await write(`${folder}/${name}`, text);
      expect({ [folder]: await readConfigModule(file) }).toEqual({ [folder]: wanted });
    }
  });

  test.each(['{}', '{"type":"commonjs"}'])(
    'from module.exports in a .js, where package.json says %s',
    async (manifest) => {
      await write('package.json', manifest);
      expect(await readConfigModule(await write('slipway.config.js', `module.exports = ${json};`))).toEqual(
        wanted,
      );
    },
  );

  test('with what it imports, in a CommonJS project, too', async () => {
    await write('package.json', '{"type":"commonjs"}');
    await write('part.ts', `export const part: string = 'dev';\n`);
    const file = await write(
      'slipway.config.ts',
      `import { part } from './part';\nexport default { part };\n`,
    );
    expect(await readConfigModule(file)).toEqual({ part: 'dev' });
  });

  test.each([
    ['slipway.config.json', '{', 'JSON'],
    ['slipway.config.yaml', 'a: [', 'Flow sequence'],
    ['slipway.config.ts', 'export default {', 'slipway.config.ts'],
    ['slipway.config.cjs', 'throw new Error("mine")', 'mine'],
    ['slipway.config.yaml', '', 'is empty'],
    ['slipway.config.mjs', 'export const a = 1;', 'no default export'],
  ])('and %s that is broken (%#) is a problem of the config', async (name, text, said) => {
    const failure = await failureOf(readConfigModule(await write(`${text.length}/${name}`, text)));
    expect(failure.code).toBe('config');
    expect(failure.message).toContain(said);
  });
});
