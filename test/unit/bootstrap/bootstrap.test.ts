import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeProject } from './fake-project.ts';

let project: FakeProject;
beforeEach(() => {
  project = new FakeProject();
});
afterEach(() => project.remove());

describe('bootstrap installs', () => {
  test('the locked packages when there are none, and nothing the second time', async () => {
    const first = await project.run();
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toMatch(/Installed the locked packages after/);
    expect(JSON.parse(readFileSync(project.path('node_modules/.slipway-lock'), 'utf8'))).toMatchObject({
      node: 'pinned',
    });

    expect(await project.run()).toEqual({ code: 0, stderr: '' });
    expect(project.npmCalls()).toBe(1);
  });

  test('with npm ci, without install scripts, with development packages', async () => {
    await project.run();
    const call = readFileSync(project.path('npm-calls'), 'utf8');
    expect(call).toMatch(/^ci --ignore-scripts --include=dev --include=optional /);
  });

  test('and links the pinned Node itself where npm has not', async () => {
    project.flag('unlinked', true);
    expect(await project.run()).toMatchObject({ code: 0 });
    expect(execFileSync(project.path('node_modules/.bin/node'), { encoding: 'utf8' })).toBe('v24.21.0\n');
  });

  test('again when the lockfile changes', async () => {
    await project.run();
    project.writeLockfile('4.7.0');
    await project.run();
    expect(project.npmCalls()).toBe(2);
  });

  test('nothing when only a script in package.json changes', async () => {
    await project.run();
    project.writeManifest({ scripts: { up: 'node scripts/up.ts' } });
    await project.run();
    expect(project.npmCalls()).toBe(1);
  });

  test('nothing when npm has installed exactly this already', async () => {
    await project.run();
    rmSync(project.path('node_modules/.slipway-lock'));
    expect(await project.run()).toMatchObject({ code: 0 });
    expect(project.npmCalls()).toBe(1);
  });

  test('again when a package folder is gone that npm believes to be there', async () => {
    await project.run();
    rmSync(project.path('node_modules/.slipway-lock'));
    rmSync(project.path('node_modules/zod'), { recursive: true });
    await project.run();
    expect(project.npmCalls()).toBe(2);
  });

  test('again when the pinned Node is gone', async () => {
    await project.run();
    rmSync(project.path('node_modules/.bin/node'));
    rmSync(project.path('node_modules/.package-lock.json'));
    await project.run();
    expect(project.npmCalls()).toBe(2);
  });
});

describe('two runs at once', () => {
  test('install once, and both go on', async () => {
    project.flag('hold', true);
    const first = project.start();
    await project.untilNpmRuns();
    const second = project.start();
    await new Promise((resolve) => second.process.stderr?.once('data', resolve));
    project.flag('hold', false);

    expect(await first.ended).toMatchObject({ code: 0 });
    const waited = await second.ended;
    expect(waited.code).toBe(0);
    expect(waited.stderr).toMatch(/Waiting for another installation/);
    expect(project.npmCalls()).toBe(1);
  });
});

describe('the lock of a run that is dead', () => {
  const lock = '.slipway/install.lock';
  const dead = { host: hostname(), pid: 2 ** 30, token: 'of-the-dead' };

  test('lets one of many in, and the others wait for that one', async () => {
    mkdirSync(project.path('.slipway'));
    writeFileSync(project.path(lock), JSON.stringify(dead));
    const runs = await Promise.all(Array.from({ length: 6 }, () => project.run()));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(project.npmCalls()).toBe(1);
    expect(readdirSync(project.path('.slipway'))).toEqual([]);
  });

  test('is taken away by another one when the one that was about to do it died', async () => {
    mkdirSync(project.path('.slipway'));
    writeFileSync(project.path(lock), JSON.stringify(dead));
    writeFileSync(project.path(`${lock}.dead.${dead.token}`), JSON.stringify({ ...dead, token: 'next' }));
    expect(await project.run()).toMatchObject({ code: 0 });
    expect(readdirSync(project.path('.slipway'))).toEqual([]);
  });

  test.each(['', '{', 'null', '[]', '{"host":"elsewhere"}', '{"token":"../../x"}'])(
    'holds nobody up when it says %j',
    async (text) => {
      mkdirSync(project.path('.slipway'));
      writeFileSync(project.path(lock), text);
      expect(await project.run()).toMatchObject({ code: 0 });
      expect(readdirSync(project.path('.slipway'))).toEqual([]);
    },
  );
});

describe('a run that is ended half-way', () => {
  test('by SIGINT: npm is ended too, no lock stays, the exit code is 130, the next run installs', async () => {
    project.flag('hold', true);
    const run = project.start();
    await project.untilNpmRuns();
    run.process.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(existsSync(project.path('.slipway/install.lock'))).toBe(false);

    project.flag('hold', false);
    expect(await project.run()).toMatchObject({ code: 0 });
    expect(project.npmCalls()).toBe(2);
  });

  test('by SIGKILL: the next run waits for the npm left over, then takes what it has finished', async () => {
    project.flag('hold', true);
    const run = project.start();
    await project.untilNpmRuns();
    run.process.kill('SIGKILL');
    await new Promise((resolve) => run.process.once('exit', resolve));

    const next = project.start();
    await new Promise((resolve) => next.process.stderr?.once('data', resolve));
    project.flag('hold', false);
    expect(await next.ended).toEqual({ code: 0, stderr: expect.stringMatching(/^Waiting for another/) });
    expect(project.npmCalls()).toBe(1);
    expect(existsSync(project.path('node_modules/.slipway-lock'))).toBe(true);
  });

  test('with everything that it ran: the lock of the dead is not waited for', async () => {
    await project.run();
    rmSync(project.path('node_modules'), { recursive: true });
    writeFileSync(project.path('.slipway/install.lock'), JSON.stringify({ host: hostname(), pid: 2 ** 30 }));
    expect(await project.run()).toMatchObject({ code: 0 });
    expect(project.npmCalls()).toBe(2);
  });
});

describe('a failure', () => {
  test('without a network shows the words of npm and what to do, and is not taken for an installation', async () => {
    project.flag('offline', true);
    const run = await project.run();
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('npm error network no such host');
    expect(run.stderr).toContain('The package registry does not answer');
    expect(existsSync(project.path('node_modules/.slipway-lock'))).toBe(false);
    expect(existsSync(project.path('.slipway/install.lock'))).toBe(false);
  });
});
