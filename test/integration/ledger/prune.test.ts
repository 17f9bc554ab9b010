// `npm run prune` on an engine, a cache and a state folder of its own: what is ours goes, and nothing else.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { ArtifactCache } from '../../../scripts/toolchain/artifact-cache.ts';
import { OwnEngine } from '../../support/chaos/own-engine.ts';
import { needEngine } from '../../support/need-engine.ts';

const command = join(import.meta.dirname, '../../../scripts/prune.ts');
const OWNER = { 'dev.slipway.owner': 'slipway' };

describe('prune', () => {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const { signal } = new AbortController();
  const task = { signal, report: () => undefined };
  let engine: OwnEngine;
  let folder: string;
  let cacheFolder: string;
  let stateFolder: string;

  beforeAll(async () => {
    if (!isRoot || inject('engineProblem')) return;
    folder = await mkdtemp(join(tmpdir(), 'slipway-prune-'));
    cacheFolder = join(folder, 'cache/slipway/artifacts');
    stateFolder = join(folder, 'state/slipway');
    engine = await OwnEngine.start();
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
    const images = await engine.images();
    for (const [reference, labels] of [
      [
        'slipway.local/gone/web:sha-000000000001',
        { ...OWNER, 'dev.slipway.cluster': 'gone', 'dev.slipway.image': 'web' },
      ],
      ['slipway.local/base-node:sha-000000000002', OWNER],
      [
        'slipway.local/gone/api:sha-000000000003',
        { ...OWNER, 'dev.slipway.cluster': 'gone', 'dev.slipway.image': 'api' },
      ],
      ['mine:1', { ...OWNER, 'dev.slipway.image': 'taken over by its user' }],
      ['theirs:1', { 'dev.somebody.owner': 'somebody' }],
    ] as const) {
      await images.build(
        { reference, labels, contextFolder: folder, dockerfile: join(folder, 'Dockerfile') },
        task,
      );
    }
    // Another name for one of ours, and a build FROM another one, which has all of its labels.
    await runDocker('tag', 'slipway.local/gone/api:sha-000000000003', 'theirs/keep:1');
    await writeFile(
      join(folder, 'Dockerfile.theirs'),
      'FROM slipway.local/base-node:sha-000000000002\nCOPY Dockerfile /x\n',
    );
    await images.build(
      {
        ...{ reference: 'theirs/built:1', labels: {}, contextFolder: folder },
        dockerfile: join(folder, 'Dockerfile.theirs'),
      },
      task,
    );
    const cache = new ArtifactCache(cacheFolder);
    await cache.fill('kind-cli', '0123456789ab', (to) => writeFile(join(to, 'kind'), 'program'), task);
    await mkdir(join(cacheFolder, 'kind-cli/.tmp-0123456789ab-killed'));
    await writeFile(join(cacheFolder, 'notes.txt'), 'of the user');
    for (const name of ['authority', 'gone', 'not-ours', 'unfinished'])
      await mkdir(join(stateFolder, name), { recursive: true });
    for (const name of ['gone', 'unfinished']) await writeFile(join(stateFolder, name, 'place.json'), '{}');
    await writeFile(join(stateFolder, 'unfinished/journal.jsonl'), '{"v":1}\n');
  });
  beforeEach((context) => {
    needEngine(context);
    context.skip(!isRoot, 'only root may start an engine');
  });
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  async function runDocker(...args: readonly string[]): Promise<void> {
    const child = spawn('docker', args, {
      env: { ...process.env, DOCKER_HOST: engine.url },
      stdio: 'inherit',
    });
    expect(await once(child, 'close')).toEqual([0, null]);
  }

  async function prune(...args: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, [command, '--older-than', '0', '--yes', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        DOCKER_HOST: engine.url,
        XDG_CACHE_HOME: join(folder, 'cache'),
        XDG_STATE_HOME: join(folder, 'state'),
      },
    });
    const [out, error, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ]);
    expect([exitCode, error]).toEqual([0, '']);
    return out;
  }

  async function left(): Promise<readonly string[]> {
    const images = await (await engine.images()).list({}, signal);
    const named = images.flatMap(({ id, references }) => references.filter((name) => name !== id));
    return [
      ...new Set(named),
      ...(await readdir(cacheFolder, { recursive: true })),
      ...(await readdir(stateFolder)),
    ].sort();
  }

  test('a dry run names what would go, and removes nothing', async () => {
    const before = await left();
    expect(await prune('--dry-run')).toContain('slipway.local/gone/web:sha-000000000001');
    expect(await left()).toEqual(before);
  });

  test('what is ours and not in use goes; what others have made or named stays', async () => {
    await prune();
    expect(await left()).toEqual([
      ...['authority', 'kind-cli', 'mine:1', 'not-ours', 'notes.txt'],
      // With a name of theirs on it, nothing would be freed.
      'slipway.local/gone/api:sha-000000000003',
      ...['theirs/built:1', 'theirs/keep:1', 'theirs:1', 'unfinished'],
    ]);
  });
});
