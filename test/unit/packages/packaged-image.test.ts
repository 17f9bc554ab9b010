import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BuildRequest, ImageStore, Removal, StoredImage } from '../../../src/images/image-store.ts';
import type { Artifact } from '../../../src/packages/artifact.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { packagedImage, type PackagedImageRecipe } from '../../../src/packages/packaged-image.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const task = { signal: new AbortController().signal, report: () => {} };
let folder: string;
let cache: ArtifactCache;
let removed: string[];
let built: { request: BuildRequest; files: Record<string, string> }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-'));
  cache = new ArtifactCache(join(folder, 'cache'));
  built = [];
  removed = [];
  await mkdir(join(folder, 'context', 'etc'), { recursive: true });
  await writeFile(join(folder, 'context', 'Dockerfile'), 'FROM scratch\n');
  await writeFile(join(folder, 'context', 'etc', 'x.conf'), 'x');
});
afterEach(() => rm(folder, { recursive: true }));

const stage = {
  id: 'sha256:stage',
  references: ['sha256:stage'],
  labels: { 'dev.slipway.owner': 'slipway', 'dev.slipway.stage': 'building' },
};

/** Only what a factory uses; whatever else is called is a bug. Each build leaves one stage behind. */
const images = {
  async list(labels: Readonly<Record<string, string>>): Promise<StoredImage[]> {
    const named = built.map(({ request }) => ({ id: 'sha256:1', references: [request.reference], labels }));
    // Somebody's build FROM the image has its labels, and no name either.
    const child = { id: 'sha256:child', references: ['sha256:child'], labels };
    return [...named, child, ...(removed.length > 0 ? [] : [stage])].map((one) => ({ ...one, sizeBytes: 1 }));
  },
  async remove(reference: string): Promise<Removal> {
    removed.push(reference);
    return 'removed';
  },
  async find(reference: string): Promise<StoredImage | undefined> {
    if (reference === stage.id) return { ...stage, sizeBytes: 1 };
    const isBuilt = built.some(({ request }) => request.reference === reference);
    return isBuilt ? { id: 'sha256:1', references: [reference], labels: {}, sizeBytes: 1 } : undefined;
  },
  async build(request: BuildRequest): Promise<StoredImage> {
    const files: Record<string, string> = {};
    for (const entry of await readdir(request.contextFolder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) files[path.slice(request.contextFolder.length + 1)] = await readFile(path, 'utf8');
    }
    built.push({ request, files });
    return { id: 'sha256:1', references: [request.reference], labels: {}, sizeBytes: 1 };
  },
} as unknown as ImageStore;

async function binary(text: string, fingerprint = '0123456789ab'): Promise<Artifact> {
  await cache.fill('tool', fingerprint, (at) => writeFile(join(at, 'tool'), text), task);
  const location = cache.path('tool', fingerprint);
  return {
    id: 'tool',
    title: 'Tool',
    needs: [],
    fingerprint,
    location,
    isPresent: async () => true,
    make: async () => {},
  };
}

function image(change: Partial<PackagedImageRecipe>): Promise<Artifact> {
  const workshop = {
    cache,
    commands: new ProgramAnswers(),
    images,
    goVersion: 'go1.26',
    platform: 'linux/amd64',
  };
  return packagedImage(workshop, {
    id: 'node',
    title: 'Node',
    contextFolder: join(folder, 'context'),
    ...change,
  });
}

test('the context holds the folder and the inputs, and nothing of the cache itself', async () => {
  const tool = await binary('program');
  const artifact = await image({
    inputs: [
      { artifact: tool, from: 'tool', to: 'bin/tool' },
      { artifact: tool, to: 'all' },
    ],
    buildArgs: { BASE: 'scratch' },
  });
  expect(artifact.needs).toEqual(['tool']);
  expect(artifact.location).toBe(`slipway.local/node:sha-${artifact.fingerprint}`);
  await artifact.make(task);
  expect(built[0]?.files).toEqual({
    Dockerfile: 'FROM scratch\n',
    'etc/x.conf': 'x',
    'bin/tool': 'program',
    'all/tool': 'program',
  });
  expect(built[0]?.request).toMatchObject({
    reference: artifact.location,
    buildArgs: { BASE: 'scratch' },
    labels: { 'dev.slipway.owner': 'slipway' },
  });
  expect(await readdir(join(folder, 'cache', 'node'))).toEqual([]);
});

test('an image that is there is not built again, not by two runs at once either', async () => {
  const artifact = await image({});
  await Promise.all([artifact.make(task), artifact.make(task)]);
  await artifact.make(task);
  expect(built).toHaveLength(1);
  expect(await artifact.isPresent(task.signal)).toBe(true);
});

test('the fingerprint follows the context, the inputs and the build arguments', async () => {
  const [one, two] = [await binary('1', '0123456789ab'), await binary('2', 'ba9876543210')];
  const prints = [
    await image({}),
    await image({ buildArgs: { A: '1' } }),
    await image({ needs: [one] }),
    await image({ needs: [two] }),
    await image({ inputs: [{ artifact: one, to: 'a' }] }),
    await image({ inputs: [{ artifact: one, to: 'b' }] }),
  ].map(({ fingerprint }) => fingerprint);
  expect(new Set(prints).size).toBe(prints.length);
  await writeFile(join(folder, 'context', 'etc', 'x.conf'), 'y');
  expect(prints).not.toContain((await image({})).fingerprint);
});

test('stages of the build are removed, the image and what is built FROM it stay', async () => {
  await (await image({})).make(task);
  expect(removed).toEqual(['sha256:stage']);
});
