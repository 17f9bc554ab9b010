// Which paths are followed: what a build and helm read, through links.

import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import { environmentRoots } from '../../../src/watch/environment-roots.ts';
import { RootIndex } from '../../../src/watch/watch-root.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-roots-')));
  await write('app/Dockerfile', 'FROM scratch\nCOPY src current/bin /\n');
  await write('app/src/a.ts', 'a');
  await write('chart/Chart.yaml', 'name: x');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function rootsOf(
  path: string,
  names: { context?: string; dockerfile?: string } = {},
): Promise<string[]> {
  const { context = 'app', dockerfile = 'app/Dockerfile' } = names;
  const build = {
    reference: 'web:1',
    contextFolder: join(folder, context),
    dockerfile: join(folder, dockerfile),
  };
  const run = {
    builds: new Map([['web', build]]),
    releases: new Map([['release:web', { chart: join(folder, 'chart') }]]),
    desired: {
      images: [{ name: 'web', reference: 'web:1' }],
      releases: [{ group: 'release', name: 'web', images: ['web:1'] }],
    },
    clusterConfigFile: join(folder, 'kind.yaml'),
  } as unknown as EnvironmentRun;
  const { roots } = await environmentRoots(run, [join(folder, 'config.ts')]);
  return new RootIndex(roots).rootsOf(join(folder, path));
}

test('what the Dockerfile does not read is not followed', async () => {
  expect(await rootsOf('app/src/a.ts')).toEqual(['image:web']);
  expect(await rootsOf('app/Dockerfile')).toEqual(['image:web']);
  expect(await rootsOf('app/README.md')).toEqual([]);
});

test('a source behind a link of the context is followed', async () => {
  await mkdir(join(folder, 'app/releases/5/bin'), { recursive: true });
  await symlink('releases/5', join(folder, 'app/current'));
  expect(await rootsOf('app/releases/5/bin/x')).toEqual(['image:web']);
  expect(await rootsOf('app/releases/5/doc')).toEqual([]);
});

test('a context and a Dockerfile that are links are followed where they lead', async () => {
  await symlink('app', join(folder, 'link'));
  expect(await rootsOf('app/src/a.ts', { context: 'link' })).toEqual(['image:web']);
  await symlink('app/Dockerfile', join(folder, 'Dockerfile'));
  await write('other/x', 'x');
  expect(await rootsOf('app/Dockerfile', { context: 'other', dockerfile: 'Dockerfile' })).toEqual([
    'image:web',
  ]);
});

test('what links of a chart lead to is followed', async () => {
  await write('shared/a.yaml', 'a');
  await write('values.yaml', 'a');
  await mkdir(join(folder, 'chart/templates'));
  await symlink('../../shared', join(folder, 'chart/templates/shared'));
  await symlink('../values.yaml', join(folder, 'chart/values.yaml'));
  const chart = `chart:${join(folder, 'chart')}`;
  expect(await rootsOf('shared/a.yaml')).toEqual([chart]);
  expect(await rootsOf('values.yaml')).toEqual([chart]);
});

test('a config that is a link is followed where it leads', async () => {
  await write('real/config.ts', 'x');
  await symlink('real/config.ts', join(folder, 'config.ts'));
  expect(await rootsOf('real/config.ts')).toEqual(['config']);
});
