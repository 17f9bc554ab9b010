// `npm run prune` on an engine, a cache and a state folder of its own: what is ours goes, and nothing else.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { ownReferences } from '../../../src/images/image-ownership.ts';
import { removeNameless } from '../../../src/images/remove-nameless.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { OwnEngine } from '../../support/chaos/own-engine.ts';
import { isFull } from '../../support/chaos/chaos-project.ts';
import { needEngine } from '../../support/need-engine.ts';

const command = join(import.meta.dirname, '../../../scripts/prune.ts');
/** Each takes seconds: 20 of them where everything is tried. */
const worlds = isFull ? 20 : 3;
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

  async function runDocker(...args: readonly string[]): Promise<string> {
    const env = { ...process.env, DOCKER_HOST: engine.url, DOCKER_BUILDKIT: '0' };
    const child = spawn('docker', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, error, end] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null, string | null]>,
    ]);
    expect([error, ...end]).toEqual([error, 0, null]);
    return out;
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

  test('in random worlds, images that others named after ours or built from them are there afterwards', async () => {
    const images = await engine.images();
    const acts = fc.array(fc.constantFrom('ours', 'tag', 'built', 'nameless', 'prune', 'down'), {
      ...{ minLength: 4, maxLength: 7 },
    });
    let made = 0;
    const newFile = (from: string): Promise<void> =>
      writeFile(join(folder, 'Dockerfile'), `FROM ${from}\nLABEL world=${++made}\nCOPY notes /n${made}\n`);
    await writeFile(join(folder, 'notes'), 'notes');
    for (const world of fc.sample(acts, worlds)) {
      const theirs = new Map<string, string>();
      let ours = '';
      for (const act of ['ours', ...world]) {
        const name = `theirs/world:${made}`;
        const isGone = ours === '' || (await images.find(ours, signal)) === undefined;
        if (act === 'ours' || isGone) {
          await newFile('scratch');
          ours = `slipway.local/gone/web:sha-${String(made).padStart(12, '0')}`;
          const labels = { ...OWNER, 'dev.slipway.cluster': 'gone', 'dev.slipway.image': 'web' };
          const dockerfile = join(folder, 'Dockerfile');
          await images.build({ reference: ours, labels, contextFolder: folder, dockerfile }, task);
        } else if (act === 'tag') {
          await runDocker('tag', ours, name);
          theirs.set(name, (await images.find(name, signal))!.id);
        } else if (act === 'built' || act === 'nameless') {
          await newFile(ours);
          const named = act === 'built' ? ['--tag', name] : [];
          const id = (await runDocker('build', '--quiet', ...named, folder)).trim();
          theirs.set(act === 'built' ? name : id, id);
        } else if (act === 'prune') await prune();
        else {
          for (const image of await images.list({ 'dev.slipway.cluster': 'gone' }, signal))
            for (const reference of ownReferences(image)) await images.remove(reference, signal);
          await removeNameless(images, { 'dev.slipway.cluster': 'gone' }, signal);
        }
        for (const [reference, id] of theirs)
          expect([world, reference, (await images.find(reference, signal))?.id]).toEqual([
            world,
            reference,
            id,
          ]);
      }
      for (const reference of theirs.keys()) await runDocker('rmi', '--force', reference);
    }
  });
});
