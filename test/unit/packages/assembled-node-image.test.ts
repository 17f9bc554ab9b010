import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assembledNodeImage } from '../../../src/packages/assembled-node-image.ts';
import type { ImageStore } from '../../../src/images/image-store.ts';
import type { Progress } from '../../../src/task.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import type { Artifact } from '../../../src/packages/artifact.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const { signal } = new AbortController();
let folder: string;
let commands: ProgramAnswers;
let present: Set<string>;
let reports: Progress[];
const task = { signal, report: (progress: Progress) => void reports.push(progress) };

function made(id: string, fingerprint: string): Artifact {
  const location = `/cache/${id}`;
  return {
    id,
    title: id,
    needs: [],
    fingerprint,
    location,
    isPresent: async () => true,
    make: async () => {},
  };
}

function artifact(treeFingerprint = 'cccccccccccc'): Promise<Artifact> {
  const images = { find: async (reference: string) => present.has(reference) || undefined };
  const workshop = {
    cache: new ArtifactCache(join(folder, 'cache')),
    commands,
    images: images as unknown as ImageStore,
    goVersion: 'go1.26.8',
    platform: 'linux/amd64',
  };
  return assembledNodeImage(workshop, {
    id: 'node-image',
    title: 'Node image',
    sourceFolder: join(folder, 'source'),
    kubernetes: made('kubernetes-binary', 'aaaaaaaaaaaa'),
    storage: made('storage-binary', 'bbbbbbbbbbbb'),
    tree: made('node-tree', treeFingerprint),
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'node-image-'));
  await mkdir(join(folder, 'source', 'rootfs'), { recursive: true });
  await writeFile(join(folder, 'source', 'rootfs', 'file'), 'one');
  await writeFile(join(folder, 'source', 'assemble'), '#!/bin/bash');
  present = new Set();
  reports = [];
  commands = new ProgramAnswers();
  for (const command of ['import', 'volume', 'run', 'cp', 'rm', 'image rm']) {
    commands.answer(`docker ${command}`, '');
  }
  commands
    .answer('docker ps', '')
    .answer('docker exec', 'step: make the images\nnoise\nstep: install the files\n');
  commands.answer('docker commit', ({ args }) => {
    present.add(String(args.at(-1)));
    return '';
  });
});
afterEach(() => rm(folder, { recursive: true }));

test('the reference follows the sources and what it needs', async () => {
  const { location, needs } = await artifact();
  expect(location).toMatch(/^slipway\.local\/node-image:sha-[0-9a-f]{12}$/);
  expect(needs).toEqual(['kubernetes-binary', 'storage-binary', 'node-tree']);
  expect((await artifact('dddddddddddd')).location).not.toBe(location);
  await writeFile(join(folder, 'source', 'rootfs', 'file'), 'two');
  expect((await artifact()).location).not.toBe(location);
});

test('it is present once it was made, with the steps of the script as progress', async () => {
  const image = await artifact();
  expect(await image.isPresent(signal)).toBe(false);
  await image.make(task);
  expect(await image.isPresent(signal)).toBe(true);
  const steps = reports.filter((report) => report.unit === 'steps');
  expect(steps.map((report) => report.text)).toContain('install the files');
  expect(steps.map((report) => report.done)).toEqual(steps.map((_, index) => index));
});

test('the container and its volume carry our label, have no network, and are gone afterwards', async () => {
  await (await artifact()).make(task);
  const run = commands.calls.find((call) => call.startsWith('docker run')) ?? '';
  expect(run).toContain('--label dev.slipway.owner=slipway');
  expect(run).toContain('--network none');
  const commit = commands.calls.findIndex((call) => call.startsWith('docker commit'));
  const after = commands.calls.slice(commit).join('\n');
  expect(after).toContain('docker rm --force --volumes slipway-node-image-');
  expect(after).toContain('docker volume rm slipway-node-image-');
});

test('a script that fails is a failure of the build that names the step, and leaves no container', async () => {
  commands.answer('docker exec', { exitCode: 1, stderr: 'step: make the images\nkubeadm: not found\n' });
  await expect((await artifact()).make(task)).rejects.toMatchObject({
    code: 'build',
    message: 'Node image could not be made: make the images failed',
    details: expect.arrayContaining(['kubeadm: not found']),
  });
  expect(commands.calls.some((call) => call.startsWith('docker commit'))).toBe(false);
  expect(commands.calls.slice(-3).join('\n')).toContain('docker rm --force --volumes');
});

test('containers that killed runs left are removed when they are old, and none of others', async () => {
  const zone = (time: number): string =>
    new Date(time).toISOString().slice(0, 19).replace('T', ' ') + ' +0000 UTC';
  const [old, young] = ['slipway-node-image-aaaaaaaaaaaa', 'slipway-node-image-bbbbbbbbbbbb'];
  const hoursAgo = zone(Date.now() - 7_200_000);
  // The last one runs an image that somebody has made of such a container: it has the label, and a name of theirs.
  const list = `${old}\t${hoursAgo}\n${young}\t${zone(Date.now() - 60_000)}\nmine\t${hoursAgo}\n`;
  commands.answer('docker ps', list);
  await (await artifact()).make(task);
  expect(commands.calls).toContain(`docker rm --force --volumes ${old}`);
  expect(commands.calls).not.toContain(`docker rm --force --volumes ${young}`);
  expect(commands.calls).not.toContain('docker rm --force --volumes mine');
});
