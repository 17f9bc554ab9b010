import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseImageSource, type ImageSourceRequest } from '../../../scripts/toolchain/probe-registry.ts';

const { signal } = new AbortController();
const hourMs = 3_600_000;
let folder: string;
let asked: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
  asked = [];
});
afterEach(() => rm(folder, { recursive: true }));

function request(
  answers: Readonly<Record<string, number>>,
  change: Partial<ImageSourceRequest> = {},
): ImageSourceRequest {
  return {
    wanted: 'auto',
    hosts: ['one.test', 'two.test'],
    memoryFile: join(folder, 'cache', 'probe.json'),
    nowMs: 1000 * hourMs,
    fetch: async (url) => {
      const { host } = new URL(url);
      asked.push(host);
      const status = answers[host];
      if (status === undefined) throw new TypeError('fetch failed');
      const headers = status === 403 ? {} : { 'docker-distribution-api-version': 'registry/2.0' };
      return new Response(null, { status, headers });
    },
    ...change,
  };
}

test('registries that all answer are used', async () => {
  expect(await chooseImageSource(request({ 'one.test': 200, 'two.test': 401 }), signal)).toMatchObject({
    source: 'registry',
    reason: 'registries answer',
  });
});

test('one that is silent, or a page of a proxy, means packages', async () => {
  expect(await chooseImageSource(request({ 'one.test': 401, 'two.test': 403 }), signal)).toMatchObject({
    source: 'packages',
    reason: 'no answer from two.test',
  });
});

test('what was asked for is not probed', async () => {
  expect((await chooseImageSource(request({}, { wanted: 'registry' }), signal)).source).toBe('registry');
  expect(asked).toEqual([]);
});

test('an answer is remembered for a day', async () => {
  await chooseImageSource(request({}), signal);
  const later = (hours: number) =>
    request({ 'one.test': 401, 'two.test': 401 }, { nowMs: (1000 + hours) * hourMs });
  expect(await chooseImageSource(later(5), signal)).toMatchObject({
    source: 'packages',
    reason: 'remembered from 5 h ago',
    untilMs: 1024 * hourMs,
  });
  expect(await chooseImageSource(later(25), signal)).toMatchObject({ source: 'registry' });
});

test('a broken memory and one of other hosts are not used', async () => {
  await chooseImageSource(request({}), signal);
  const other = request({ 'three.test': 401 }, { hosts: ['three.test'] });
  expect(await chooseImageSource(other, signal)).toMatchObject({ source: 'registry' });
  await writeFile(other.memoryFile, 'broken');
  expect(await chooseImageSource(other, signal)).toMatchObject({ reason: 'registries answer' });
});

test('a host that hangs costs no more than the deadline', async () => {
  const hanging = request(
    {},
    {
      timeoutMs: 20,
      fetch: (_, { signal: deadline }) =>
        new Promise((_resolve, reject) => deadline?.addEventListener('abort', () => reject(deadline.reason))),
    },
  );
  expect(await chooseImageSource(hanging, signal)).toMatchObject({ source: 'packages' });
});
