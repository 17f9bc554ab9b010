import { mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  environmentStateFolder,
  knownPlaces,
  readPlace,
  type Project,
} from '../../../src/state/known-places.ts';
import { claimPlace, projectOf, type Claim } from '../../../src/state/project.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openCommandScene, type CommandScene } from '../cli/command-scene.ts';

async function claim(scene: CommandScene, changes: Partial<Claim> = {}, isKept = true): Promise<Project> {
  const wanted: Claim = {
    ...{ environment: 'dev', clusterName: 'slipway-dev', adopts: false },
    project: await projectOf('/one/slipway.config.ts'),
    ...changes,
  };
  return claimPlace(join(scene.folder, 'slipway-dev'), wanted, { isKept });
}

const hold = (scene: CommandScene): Promise<void> => scene.write('slipway-dev/journal.jsonl', '');

test('a project is the same by whatever links its config is reached', async () => {
  await using scene = await openCommandScene();
  await mkdir(join(scene.folder, 'project'));
  await symlink(join(scene.folder, 'project'), join(scene.folder, 'link'));
  const [real, linked, other] = await Promise.all(
    ['project/a.ts', 'link/a.ts', 'project/b.ts'].map((file) => projectOf(join(scene.folder, file))),
  );
  expect(linked).toEqual(real);
  expect(other).not.toEqual(real);
});

test('the first one has the cluster, and another project is refused with both named', async () => {
  await using scene = await openCommandScene();
  const first = await claim(scene);
  await hold(scene);
  expect(await claim(scene)).toEqual(first);
  const project = await projectOf('/two/slipway.config.ts');
  const failure = await failureOf(claim(scene, { project }));
  expect(failure.code).toBe('ownership');
  expect(failure.details.join('\n')).toMatch(/\/one\/[^]*\/two\//);
  expect(failure.hint).toContain('--adopt');
});

test('another environment is refused, also with --adopt', async () => {
  await using scene = await openCommandScene();
  await claim(scene);
  await hold(scene);
  const failure = await failureOf(claim(scene, { environment: 'test', adopts: true }));
  expect([failure.code, failure.details.length]).toEqual(['ownership', 2]);
});

test('a project that was moved keeps its id when it is adopted', async () => {
  await using scene = await openCommandScene();
  const first = await claim(scene);
  await hold(scene);
  const project = await projectOf('/moved/slipway.config.ts');
  expect(await claim(scene, { project, adopts: true })).toEqual({ ...project, id: first.id });
  expect(await claim(scene, { project })).toEqual({ ...project, id: first.id });
});

test('what was made before projects were recorded belongs to the first that asks; a look takes nothing', async () => {
  await using scene = await openCommandScene();
  await scene.write('slipway-dev/place.json', '{"environment":"dev","clusterName":"slipway-dev"}');
  await hold(scene);
  await claim(scene, {}, false);
  expect((await readPlace(join(scene.folder, 'slipway-dev')))?.project).toBeUndefined();
  const project = await claim(scene);
  expect((await readPlace(join(scene.folder, 'slipway-dev')))?.project).toEqual(project);
});

test('where nothing was made yet, nothing is held', async () => {
  await using scene = await openCommandScene();
  await claim(scene);
  const project = await projectOf('/two/slipway.config.ts');
  expect(await claim(scene, { project })).toEqual(project);
});

describe('a cluster for several', () => {
  const beside = async (scene: CommandScene, shared: boolean, environment = 'test'): Promise<Project> => {
    const project = await projectOf('/two/slipway.config.ts');
    const wanted = { environment, clusterName: 'slipway-dev', adopts: false, project, shared };
    const folder = await environmentStateFolder({ ...scene.context.folders, state: scene.folder }, wanted);
    return claimPlace(folder, wanted, { isKept: true });
  };

  test('is given to a second one where both say so; each has a state folder of its own', async () => {
    await using scene = await openCommandScene();
    await claim(scene, { shared: true });
    await hold(scene);
    await beside(scene, true);
    const folders = (await knownPlaces(scene.folder)).map(({ environment, stateFolder }) => [
      ...[environment, basename(stateFolder)],
    ]);
    expect(folders.sort()).toEqual([
      ['dev', 'slipway-dev'],
      ['test', 'slipway-dev.test'],
    ]);
  });

  test.for([
    { first: true, second: false, way: 'in the config of test.' },
    { first: false, second: true, way: 'in the config of dev, and run up for dev once' },
    { first: false, second: false, way: 'in the config of dev and test, and run up for dev once' },
  ])('is refused where first: $first, second: $second, with the way out', async ({ first, second, way }) => {
    await using scene = await openCommandScene();
    await claim(scene, { shared: first });
    await hold(scene);
    const failure = await failureOf(beside(scene, second));
    expect(failure.code).toBe('ownership');
    expect(failure.details.join('\n')).toMatch(/dev of \/one\/[^]*test of \/two\//);
    expect(failure.hint).toContain(way);
  });

  test('is no longer shared by one that takes its word back while the other is there', async () => {
    await using scene = await openCommandScene();
    await claim(scene, { shared: true });
    await hold(scene);
    await beside(scene, true);
    await scene.write('slipway-dev.test/journal.jsonl', '');
    expect((await failureOf(claim(scene))).hint).toContain('in the config of dev.');
  });

  test('is refused to two environments of one name, which could not be told apart in it', async () => {
    await using scene = await openCommandScene();
    await claim(scene, { shared: true });
    await hold(scene);
    expect((await failureOf(beside(scene, true, 'dev'))).hint).toContain('different names');
  });
});
