import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprintImage, type ImageContent } from '../../../src/images/image-fingerprint.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-image-'));
  await writeFile(join(folder, 'Dockerfile'), 'ARG BASE=a:1\nFROM ${BASE}\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const of = (more: Partial<ImageContent> = {}) =>
  fingerprintImage({
    dockerfile: join(folder, 'Dockerfile'),
    contextFolder: folder,
    platform: 'linux/amd64',
    ...more,
  });

test('everything that determines the image changes its fingerprint', async () => {
  const seen = [
    await of(),
    await of({ platform: 'linux/arm64' }),
    await of({ target: 'x' }),
    await of({ buildArgs: { BASE: 'b:1' } }),
  ];
  await writeFile(join(folder, 'Dockerfile'), 'FROM a:1\n');
  seen.push(await of());
  expect(new Set(seen).size).toBe(5);
});

test('the order of build arguments and proxies do not', async () => {
  const plain = await of({ buildArgs: { A: '1', B: '2' } });
  expect(
    await of({
      buildArgs: { B: '2', HTTPS_PROXY: 'http://proxy:1', no_proxy: 'localhost', A: '1' },
    }),
  ).toBe(plain);
});

test('a missing Dockerfile is a build failure that names it', async () => {
  await rm(join(folder, 'Dockerfile'));
  await expect(of()).rejects.toMatchObject({ code: 'build', message: expect.stringContaining(folder) });
});

test('a file that no instruction reads does not change it', async () => {
  await writeFile(join(folder, 'Dockerfile'), 'FROM a:1\nCOPY main.ts /\n');
  await writeFile(join(folder, 'main.ts'), '1');
  const before = await of();
  await writeFile(join(folder, 'README.md'), 'x');
  expect(await of()).toBe(before);
  await writeFile(join(folder, 'main.ts'), '2');
  expect(await of()).not.toBe(before);
});
