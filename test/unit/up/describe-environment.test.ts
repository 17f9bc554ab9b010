import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/config/schema.ts';
import { describeEnvironment, type DescribeOptions } from '../../../src/up/describe-environment.ts';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import type { Artifact } from '../../../src/packages/artifact.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { FakeImageStore } from '../../fakes/image-store.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';
import { smallEnvironment, smallPlace, smallPlot } from '../../support/small-environment.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-describe-'));
  for (const [path, text] of Object.entries(smallPlot.files)) await edit(path, text);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function edit(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

const artifact = (id: string): Artifact => ({
  ...{ id, title: `Make ${id}`, needs: [], fingerprint: '1', location: `/cache/${id}` },
  ...{ isPresent: async () => true, make: async () => undefined },
});

function look(changes: Partial<DescribeOptions> = {}): Promise<EnvironmentRun> {
  return describeEnvironment({
    ...{ place: smallPlace('/state'), environment: smallEnvironment(), projectFolder: folder },
    ...{ slipwayFolder: join(import.meta.dirname, '../../..'), source: 'registry', ports: [], proxyArgs: {} },
    toolArtifacts: [artifact('helm')],
    mmdebstrap: artifact('mmdebstrap'),
    workshop: {
      cache: new ArtifactCache(join(folder, '.cache')),
      commands: new ProgramAnswers().answer('npm config list --json', '{}'),
      ...{ goVersion: 'go1.26.8', platform: 'linux/amd64', images: new FakeImageStore() },
    },
    signal: new AbortController().signal,
    ...changes,
  });
}

/** What tells two runs apart: by image its reference, by release its fingerprint. */
function marksOf({ desired }: EnvironmentRun): Record<string, string> {
  return Object.fromEntries([
    ...desired.images.map(({ name, reference }) => [`image ${name}`, reference]),
    ...desired.releases.map(({ name, fingerprint }) => [`release ${name}`, fingerprint]),
  ]) as Record<string, string>;
}

async function changedBy(change: () => Promise<EnvironmentRun>): Promise<string[]> {
  const before = marksOf(await look());
  const after = marksOf(await change());
  return Object.keys(before).filter((key) => before[key] !== after[key]);
}

/** The environment with another backend image. */
function withBackend(change: Partial<Environment['images'][string]>): Environment {
  const environment = smallEnvironment();
  const { images } = environment;
  return { ...environment, images: { ...images, backend: { ...images['backend']!, ...change } } };
}

describe('describeEnvironment', () => {
  test('sources that were seen to build what is there are that image, and their release is the one that is there', async () => {
    const before = await look();
    const first = before.builds.get('backend')!;
    const file = relative(folder, first.dockerfile);
    await edit(file, `# more\n${await readFile(first.dockerfile, 'utf8')}`);
    const edited = (await look()).builds.get('backend')!;
    expect(edited.reference).not.toBe(first.reference);
    const aliases = { of: (one: string) => (one === edited.reference ? first.reference : one) };
    const after = await look({ aliases });
    expect(marksOf(after)).toEqual(marksOf(before));
    expect(after.desired.images.find(({ name }) => name === 'backend')).toMatchObject({ isAsBefore: true });
    // A build of it is held to the sources as they are.
    expect(after.builds.get('backend')!.expected).toEqual(edited.expected);
  });

  test('names images by cluster, name and content, and puts them into the values of the releases', async () => {
    const run = await look();
    const reference = run.desired.images[0]!.reference;
    expect(reference).toMatch(/^slipway\.local\/slipway-small\/backend:sha-[0-9a-f]{12}$/);
    expect(run.releases.get('release:backend')?.values).toEqual({ secret: 'database', image: reference });
    expect(run.desired.releases.find(({ name }) => name === 'backend')).toMatchObject({
      ...{ images: [reference], needs: ['database', 'addon:controller'], secrets: ['database'] },
    });
    expect(run.builds.get('backend')?.labels).toMatchObject({ 'dev.slipway.cluster': 'slipway-small' });
  });

  test('the same files give the same names', async () => {
    expect(await changedBy(() => look())).toEqual([]);
  });

  test.each([
    ['a source file', 'apps/backend/main.ts', ['image backend', 'release backend']],
    ['a Dockerfile', 'dockerfiles/frontend', ['image frontend', 'release frontend']],
    ['a chart', 'charts/database/Chart.yaml', ['release database']],
    ['a new file of a chart', 'charts/database/templates/new.yaml', ['release database']],
    ['a file that nothing is made of', 'README.md', []],
  ])('an edit of %s changes what is made of it and nothing else', async (_title, path, expected) => {
    const change = async (): Promise<EnvironmentRun> => {
      await edit(path, 'FROM scratch\n# edited\n');
      return look();
    };
    expect(await changedBy(change)).toEqual(expected);
  });

  test('a build argument of the config changes the image, the way to the network does not', async () => {
    const environment = withBackend({ buildArgs: { MODE: 'debug' } });
    expect(await changedBy(() => look({ environment }))).toEqual(['image backend', 'release backend']);
    const proxyArgs = { HTTPS_PROXY: 'http://proxy:3128' };
    expect(await changedBy(() => look({ proxyArgs }))).toEqual([]);
    expect((await look({ proxyArgs })).builds.get('backend')?.buildArgs).toEqual(proxyArgs);
  });

  test('other values change the release alone', async () => {
    const environment = smallEnvironment();
    const database = { ...environment.releases['database']!, values: { size: '2Gi' } };
    const changed = { ...environment, releases: { ...environment.releases, database } };
    expect(await changedBy(() => look({ environment: changed }))).toEqual(['release database']);
  });

  test('with official images nothing has to be made for bases and nodes', async () => {
    const run = await look({ environment: withBackend({ bases: { BASE: 'node' } }) });
    expect(run.desired.artifacts.map(({ id }) => id)).toEqual(['mmdebstrap', 'helm']);
    expect(run.desired.images[0]?.bases).toEqual([]);
    expect(run.builds.get('backend')?.buildArgs).toEqual({});
    expect(run.nodeImage).toBeUndefined();
    expect(run.desired.tools).toEqual({ cluster: ['helm'], release: ['helm'] });
  });

  test('from packages, a build stands on the base that was made, and the cluster on the node image', async () => {
    const environment = withBackend({ bases: { BASE: 'node' } });
    const run = await look({ environment, source: 'packages' });
    const base = run.desired.artifacts.find(({ id }) => id === 'base-node');
    expect(base?.form).toBe('image');
    expect(run.desired.images[0]?.bases).toEqual(['base-node']);
    expect(run.builds.get('backend')?.buildArgs).toEqual({ BASE: base?.location });
    const node = run.desired.artifacts.find(({ location }) => location === run.nodeImage);
    expect(run.desired.tools.cluster).toEqual(['helm', node?.id]);
  });
});
