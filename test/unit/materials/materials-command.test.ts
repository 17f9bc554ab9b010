import { createHash } from 'node:crypto';
import { readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { materialsIn, materialsSpec } from '../../../src/materials/materials-command.ts';
import { formatHelp } from '../../../src/cli/option-spec.ts';
import type { Bom } from '../../../src/materials/cyclone-dx.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';
import { tarOf } from './tar-of.ts';
import { openCommandScene } from '../cli/command-scene.ts';

const task = { signal: new AbortController().signal, report: () => undefined };
const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
const FINGERPRINTS = { tool: '0123456789ab', tree: '123456789abc', npm: '23456789abcd' };

/** A cache with a Go program, a Debian tree and an npm package, and Go to ask. */
async function openCache() {
  const scene = await openCommandScene();
  onTestFinished(() => scene[Symbol.asyncDispose]());
  const cache = new ArtifactCache(join(scene.folder, 'cache/artifacts'));
  const fill = (
    id: keyof typeof FINGERPRINTS,
    files: Readonly<Record<string, string | Buffer>>,
  ): Promise<void> =>
    cache.fill(
      ...[id, FINGERPRINTS[id]],
      async (folder) => {
        for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content);
      },
      task,
    );
  await fill('tree', {
    'rootfs.tar': await tarOf({ './var/lib/dpkg/status': 'Package: libc6\nVersion: 2.36\n' }),
  });
  await fill('tool', { tool: 'program' });
  await fill('npm', { 'package.json': '{"name":"npm","version":"11.0.0"}', 'index.js': '' });
  const lock = { version: '0.1.0', packages: { 'node_modules/zod': { version: '4.0.0', dev: true } } };
  await scene.write('package-lock.json', JSON.stringify(lock));
  const tool = join(cache.path('tool', FINGERPRINTS.tool), 'tool');
  const commands = new ProgramAnswers(['go']).answer(
    'go version -m',
    `${tool}: go1.26.8\n\tmod\tx.y/tool\tv1.0.0\th1:t=\n`,
  );
  const component = {
    kind: 'npm package',
    name: 'npm',
    version: '11.0.0',
    integrity: 'sha512-AA==',
  } as const;
  const pinned = [
    { id: 'npm', fingerprint: FINGERPRINTS.npm, component: { ...component, purl: 'pkg:npm/npm@11.0.0' } },
  ];
  return {
    scene,
    cache,
    commands,
    run: async (flags: readonly string[], asked = commands): Promise<string> => {
      const printed: string[] = [];
      const options = { flags: new Set(flags), texts: new Map<string, string>(), positionals: [] };
      const context = { ...scene.context, options, print: (text: string) => void printed.push(text) };
      expect(
        await materialsIn(context, {
          commands: asked,
          pinned,
          lockFile: join(scene.folder, 'package-lock.json'),
        }),
      ).toBe(0);
      return printed.join('\n');
    },
  };
}

test('shows each artifact in a line, in order, with its checksum and what it is made of', async () => {
  const { run } = await openCache();
  const text = await run([]);
  const rows = text.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows.slice(1, 4).map(([id, fingerprint]) => [id, fingerprint])).toEqual([
    ['npm', FINGERPRINTS.npm],
    ['tool', FINGERPRINTS.tool],
    ['tree', FINGERPRINTS.tree],
  ]);
  expect(rows[2]).toEqual([
    ...['tool', FINGERPRINTS.tool, '7 B', '1', sha256('program').slice(0, 12)],
    '1 Go program, 1 Go module',
  ]);
  expect(text).toContain(
    'of 4 components.\n1 npm package of Slipway itself (package-lock.json), 1 of them for',
  );
  expect(text).not.toContain('Note');
});

test('tells the day and the sum of each Debian tree, by its newest entry, and no line where there is none', async () => {
  const { run, cache } = await openCache();
  const tar = join(cache.path('tree', FINGERPRINTS.tree), 'rootfs.tar');
  await utimes(tar, new Date('2026-11-30T10:00:00Z'), new Date('2026-11-30T10:00:00Z'));
  const fill = async (folder: string): Promise<void> => {
    await writeFile(join(folder, 'rootfs.tar'), 'older');
    await utimes(join(folder, 'rootfs.tar'), new Date('2026-11-01'), new Date('2026-11-01'));
  };
  await cache.fill('tree', 'ffffffffffff', fill, task);
  const sum = sha256(await readFile(tar, 'utf8')).slice(0, 12);
  for (const flags of [[], ['all']])
    expect((await run(flags)).split('\n').at(-1)).toBe(
      `Debian packages are those of the mirror on the day: tree 2026-11-30 (${sum}).`,
    );
  await rm(join(cache.folder, 'tree'), { recursive: true });
  expect(await run([])).not.toContain('Debian packages are');
});

test('--all shows each file and component with whole checksums; the manifest of an entry is no part of it', async () => {
  const { run } = await openCache();
  const text = await run(['all']);
  const manifest = '{"name":"npm","version":"11.0.0"}';
  const list = `${sha256('')}  index.js\n${sha256(manifest)}  package.json\n`;
  expect(text).toMatch(new RegExp(`npm +artifact +${FINGERPRINTS.npm} +sha256:${sha256(list)}\n`));
  expect(text).toMatch(new RegExp(`npm +file +package.json +sha256:${sha256(manifest)}\n`));
  expect(text).toMatch(/npm +npm package +npm +11\.0\.0 +sha512-AA==\n/);
  expect(text).toMatch(/tool +Go program +x\.y\/tool +v1\.0\.0 +h1:t=\n/);
  expect(text).toMatch(/tree +Debian package +libc6 +2\.36\n/);
  expect(text).toMatch(/package-lock\.json +npm package \(development\) +zod +4\.0\.0\n/);
  expect(text).not.toContain('slipway-artifact');
});

test('--json is one document, and the same one for the same cache', async () => {
  const { run } = await openCache();
  const text = await run(['json']);
  expect(await run(['json'])).toBe(text);
  const bom = JSON.parse(text) as Bom;
  expect(bom.specVersion).toBe('1.6');
  expect(bom.components.map(({ name }) => name)).toEqual(['npm', 'tool', 'tree', 'zod']);
  expect(bom.metadata).not.toHaveProperty('timestamp');
  expect(bom).not.toHaveProperty('serialNumber');
});

test('without Go says so, and without anything made too', async () => {
  const { run } = await openCache();
  const text = await run([], new ProgramAnswers());
  expect(text).toContain('Note: go is not on PATH: what Go programs are made of is left out.');
  expect(text).toMatch(/tree .* 1 Debian package\n/);

  await using empty = await openCommandScene();
  const printed: string[] = [];
  const context = { ...empty.context, print: (line: string) => void printed.push(line) };
  expect(
    await materialsIn(context, {
      commands: new ProgramAnswers(),
      pinned: [],
      lockFile: join(empty.folder, 'package-lock.json'),
    }),
  ).toBe(0);
  expect(printed.join('\n')).toMatch(
    /Nothing was made .*\n0 npm packages .*\nNote: package-lock.json is no lockfile/,
  );
});

test('damage is a note, and all the rest is listed', async () => {
  const { run, cache, commands } = await openCache();
  const fileOf = (id: keyof typeof FINGERPRINTS, path: string): string =>
    join(cache.path(id, FINGERPRINTS[id]), path);
  await truncate(fileOf('npm', 'package.json'), 3);
  const tar = fileOf('tree', 'rootfs.tar');
  const sizeBytes = (await stat(tar)).size;
  await writeFile(tar, Buffer.alloc(sizeBytes, 'x'));
  // An entry of a version that noted sizes alone: by its checksum it would be left out like the other one.
  const files = [{ path: 'rootfs.tar', sizeBytes }];
  await writeFile(fileOf('tree', '.slipway-artifact.json'), JSON.stringify({ files }));
  commands.answer('go version -m', { exitCode: 1, stderr: 'no' });
  const text = await run([]);
  expect(text).toContain(`Note: npm/${FINGERPRINTS.npm} is left out: it is not whole,`);
  expect(text).toContain(`Note: tree/${FINGERPRINTS.tree}: rootfs.tar is no whole tar file.`);
  expect(text).toContain('Note: `go version -m` failed');
  expect(text).toMatch(/^tool /m);
  expect(JSON.parse(await run(['json']))).toMatchObject({ metadata: { properties: [{}, {}, {}] } });
});

test('a run that is ended is no damage', async () => {
  const { scene, commands } = await openCache();
  const context = { ...scene.context, signal: AbortSignal.abort(new Error('ended')) };
  await expect(materialsIn(context, { commands, pinned: [], lockFile: '/nowhere' })).rejects.toThrow();
});

test('--help names the options and gives examples', () => {
  expect(formatHelp(materialsSpec)).toMatch(
    /--all .*\n.*--json .*CycloneDX[^]*Examples:\n {2}slipway materials\n/,
  );
});
