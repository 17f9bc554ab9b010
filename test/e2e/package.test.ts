// The package as its users have it: the tarball of `npm pack` in projects of their own, on the oldest Node that it runs
// on and on the one that it is developed with.

import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import {
  FreshProject,
  installNode,
  packedPaths,
  packSlipway,
  projectKinds,
  sizeMegabytes,
  versionIn,
  type Person,
  type ProjectKind,
} from '../support/fresh-project.ts';
import { docker } from '../support/leftovers.ts';
import { needEngine } from '../support/need-engine.ts';
import { until } from '../support/until.ts';

const OLDEST_NODE = '20.19.5';
const PNPM = '10.18.3';
/** Nobody's: such a user is on no machine. */
const OTHER_UID = 54_321;

const projectFolder = join(import.meta.dirname, '../..');
let root: string;
let tarball: string;

beforeAll(async () => {
  // Another user has to get there.
  root = await mkdtemp(join(tmpdir(), 'slipway-package-'));
  await chmod(root, 0o755);
  const into = join(root, 'tarball');
  await mkdir(into);
  tarball = await packSlipway(projectFolder, into);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('is one tarball of less than 4 MB, without tests, apps and what only this repository needs', async () => {
  expect(await sizeMegabytes(tarball)).toBeLessThan(4);
  const paths = await packedPaths(tarball);
  expect(paths).toContain('package/bin/slipway.mjs');
  expect(paths).toContain('package/dist/types/index.d.ts');
  expect(
    paths.filter((path) => /^package\/(test|apps|scripts)\/|Dockerfile\.dockerignore$/.test(path)),
  ).toEqual([]);
});

describe.each([
  ['20.19, the oldest', OLDEST_NODE],
  ['24, of this repository', process.versions.node],
])('on Node %s', (_title, version) => {
  let programs: string[];

  beforeEach(needEngine);
  beforeAll(async () => {
    if (inject('engineProblem')) return;
    const folder = join(root, `node-${version}`);
    await mkdir(folder);
    programs = [await installNode(version, folder), await installPnpm(join(folder, 'pnpm'))];
  });

  test.each(projectKinds.map((kind) => [kind.folder, kind] as const))(
    '%s comes up, follows an edit, and goes down without a trace',
    async (_name, kind) => {
      await using project = await openProject(kind, join(root, `of-${version}`, kind.folder), programs);
      const { fresh, cluster } = project;
      expect((await fresh.said('--version')).trim()).toBe(await versionIn(projectFolder));

      const up = fresh.slipway('up', '--yes');
      expect(await up.ended).toMatchObject({ exitCode: 0 });
      const again = fresh.slipway('up', '--yes');
      expect(await again.ended).toMatchObject({ exitCode: 0 });
      expect(again.events.at(-1)).toMatchObject({ type: 'run-ended', outcome: 'nothing-to-do' });

      const watching = fresh.slipway('watch', '--yes');
      const forward = await watching.next(
        (event): event is Extract<RunEvent, { type: 'forward-state' }> =>
          event.type === 'forward-state' && event.state === 'ready',
      );
      const answer = (): Promise<string> =>
        fetch(`http://${forward.address}/`).then(
          (response) => response.text(),
          (error: unknown) => String(error),
        );
      await until('the first answer', async () => (await answer()) === 'hello first' || (await answer()));
      await fresh.answer('second');
      await watching.next(
        (event): event is Extract<RunEvent, { type: 'service-ended' }> =>
          event.type === 'service-ended' && event.outcome === 'served',
      );
      await until('the edited answer', async () => (await answer()) === 'hello second' || (await answer()));
      await fresh.interrupt(watching);

      expect(await fresh.slipway('down').ended).toMatchObject({ exitCode: 0 });
      expect(await docker('ps', '--all', '--quiet', '--filter', `name=${cluster}-`)).toEqual([]);
      expect(await fresh.leftOver()).toEqual([]);
      expect(await fresh.stateLeft()).toEqual([]);
    },
  );
});

interface OpenProject extends AsyncDisposable {
  readonly fresh: FreshProject;
  readonly cluster: string;
}

async function openProject(
  kind: ProjectKind,
  folder: string,
  programs: readonly string[],
): Promise<OpenProject> {
  await mkdir(folder, { recursive: true });
  const person = kind.asOther ? await otherPerson(folder) : undefined;
  const fresh = await FreshProject.make({
    ...{ kind, root: folder, tarball, programs, person },
    cacheHome: person === undefined ? undefined : join(person.home, 'cache'),
  });
  return {
    fresh,
    cluster: `${kind.folder.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')}-dev`,
    async [Symbol.asyncDispose]() {
      await fresh.slipway('down').ended;
      await fresh.remove();
    },
  };
}

/** Somebody who may use the engine and is not root; with a copy of the cache, for the tests make nothing twice. */
async function otherPerson(folder: string): Promise<Person | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const home = join(folder, 'home');
  await mkdir(home);
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  await cp(join(cache, 'slipway'), join(home, 'cache/slipway'), { recursive: true });
  // The registry of this machine, whoever has set it; not what lets its owner into it.
  const { stdout: registry } = await promisify(execFile)('npm', ['config', 'get', 'registry']);
  await writeFile(join(home, '.npmrc'), `registry=${registry.trim()}\n`);
  const socket = await stat('/var/run/docker.sock');
  return { uid: OTHER_UID, gid: socket.gid, home };
}

async function installPnpm(into: string): Promise<string> {
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--prefix', into, `pnpm@${PNPM}`]);
  return join(into, 'node_modules/.bin');
}
