import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listRememberedReleases } from '../../../src/releases/remembered-releases.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec: { replicas: 2, template: { metadata: { labels: { app: web } }, spec: { containers: [{ env: [hidden] }] } } }
---
apiVersion: v1
kind: Secret
metadata: { name: web }
stringData: { password: hidden }
`;
const declared = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'todo' },
    spec: { replicas: 2, template: { metadata: { labels: { app: 'web' } } } },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web', namespace: 'todo' } },
];

let folder: string;
let memoryFile: string;
const api = new FakeClusterApi();
const signal = new AbortController().signal;
const list = () => listRememberedReleases({ api, memoryFile }, signal);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-releases-'));
  memoryFile = join(folder, 'state', 'releases.json');
  api.calls.length = 0;
  addRevision('1');
});
afterEach(() => rmSync(folder, { recursive: true }));

function addRevision(resourceVersion: string): void {
  const labels = { owner: 'helm', name: 'web', status: 'deployed', version: '1' };
  const packed = gzipSync(JSON.stringify({ info: {}, manifest })).toString('base64');
  api.add({
    ...{ apiVersion: 'v1', kind: 'Secret', data: { release: Buffer.from(packed).toString('base64') } },
    metadata: { name: 'sh.helm.release.v1.web.v1', namespace: 'todo', uid: 'u', resourceVersion, labels },
  });
}

test('bodies are read once for each revision, and only outlines are kept, for the user alone', async () => {
  expect(await list()).toMatchObject([{ name: 'web', status: 'deployed', declared }]);
  expect(api.calls).toHaveLength(2);
  expect(await list()).toMatchObject([{ name: 'web', status: 'deployed', declared }]);
  expect(api.calls).toHaveLength(3);

  addRevision('2');
  await list();
  expect(api.calls).toHaveLength(5);
  expect(readFileSync(memoryFile, 'utf8')).not.toContain('hidden');
  expect(statSync(memoryFile).mode & 0o777).toBe(0o600);
});

test('a memory that cannot be read is as none', async () => {
  await list();
  writeFileSync(memoryFile, '{"v":1');
  expect(await list()).toMatchObject([{ declared }]);
});
