import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeProject } from './fake-project.ts';

let project: FakeProject;
beforeEach(() => {
  project = new FakeProject();
});
afterEach(() => project.remove());

test('what comes before a task installs, and starts no Node once that is known', async () => {
  expect(await project.runFirst()).toMatchObject({ code: 0 });
  expect(project.npmCalls()).toBe(1);
  expect(await project.runFirst()).toEqual({ code: 0, stderr: '' });
  expect(project.nodeCalls()).toBe(1);
});

test.each([
  ['the lockfile changes', () => project.writeLockfile('4.7.0'), 2],
  ['package.json changes, which need not mean other packages', () => project.writeManifest({ a: 1 }), 1],
  ['the packages are gone', () => rmSync(project.path('node_modules'), { recursive: true }), 2],
  [
    'it was kept on another platform',
    () => writeFileSync(project.path('node_modules/.slipway-sums'), 'x'),
    1,
  ],
])('it asks again when %s', async (_case, change, npmCalls) => {
  await project.runFirst();
  change();
  expect(await project.runFirst()).toMatchObject({ code: 0 });
  expect([project.nodeCalls(), project.npmCalls()]).toEqual([2, npmCalls]);
});

test('what went wrong in it ends the task', async () => {
  project.flag('offline', true);
  expect(await project.runFirst()).toMatchObject({ code: 1, stderr: expect.stringMatching(/registry/) });
});
