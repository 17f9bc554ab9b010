import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ZxCommandRunner } from '../../../src/process/zx-command-runner.ts';
import type { Artifact } from '../../../src/packages/artifact.ts';
import { ArtifactCache } from '../../../src/packages/artifact-cache.ts';
import { npmPackage } from '../../../src/packages/npm-package.ts';

const task = { signal: new AbortController().signal, report: () => {} };
const fakes = fileURLToPath(new URL('../../bin', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npm-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function tarball(files: Readonly<Record<string, { text: string; mode?: number }>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, { text, mode }] of Object.entries(files))
    archive.entry({ name, mode: mode ?? 0o644 }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

async function artifactOf(bytes: Buffer | undefined, integrity?: string): Promise<Artifact> {
  const file = join(folder, 'served.tgz');
  if (bytes !== undefined) await writeFile(file, bytes);
  const env = {
    PATH: `${fakes}:${process.env['PATH']}`,
    FAKE_NPM_TARBALL: bytes === undefined ? undefined : file,
  };
  const digest = createHash('sha512')
    .update(bytes ?? '')
    .digest('base64');
  return npmPackage(
    {
      cache: new ArtifactCache(join(folder, 'cache')),
      commands: new ZxCommandRunner({ env }),
      goVersion: 'go1.26',
      platform: 'linux/amd64',
    },
    {
      id: 'pkg',
      title: 'Package',
      name: '@a/pkg',
      version: '1.0.0',
      integrity: integrity ?? `sha512-${digest}`,
    },
  );
}

test('is unpacked without its outer folder, executable bits kept', async () => {
  const artifact = await artifactOf(
    await tarball({ 'package/bin/run': { text: '#!', mode: 0o755 }, 'package/readme': { text: 'r' } }),
  );
  await artifact.make(task);
  expect(await artifact.isPresent(task.signal)).toBe(true);
  expect((await stat(join(artifact.location, 'bin/run'))).mode & 0o777).toBe(0o755);
  expect(await readFile(join(artifact.location, 'readme'), 'utf8')).toBe('r');
});

test('another content than the pinned one is refused', async () => {
  const artifact = await artifactOf(await tarball({ 'package/x': { text: 'evil' } }), 'sha512-AAAA');
  await expect(artifact.make(task)).rejects.toMatchObject({
    code: 'download',
    message: '@a/pkg@1.0.0 is not what was pinned',
  });
  expect(await artifact.isPresent(task.signal)).toBe(false);
});

test('a path that leads out of the folder is refused', async () => {
  const artifact = await artifactOf(await tarball({ 'package/../../../out': { text: 'x' } }));
  await expect(artifact.make(task)).rejects.toMatchObject({
    code: 'download',
    message: expect.stringContaining('outside'),
  });
});

test('an archive that breaks off is a failure', async () => {
  const whole = await tarball({ 'package/x': { text: 'x'.repeat(100_000) } });
  const artifact = await artifactOf(whole.subarray(0, whole.length - 20));
  await expect(artifact.make(task)).rejects.toMatchObject({ code: 'download' });
  expect(await artifact.isPresent(task.signal)).toBe(false);
});

test('a package that npm does not find is a Failure with what npm said', async () => {
  const artifact = await artifactOf(undefined);
  await expect(artifact.make(task)).rejects.toMatchObject({
    code: 'download',
    details: expect.arrayContaining([expect.stringContaining('404')]),
  });
});
