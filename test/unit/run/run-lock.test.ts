import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RUN_VARIABLE } from '../../../src/run/run-orphans.ts';
import { Journal } from '../../../src/run/journal.ts';
import { lockRun, removeStateFolder } from '../../../src/run/run-lock.ts';
import { failureOf } from '../../support/failure-of.ts';
import { clusterResource, openScene } from '../up/scene.ts';

/** A process that takes the lock, and is killed with it. */
async function killWhileHolding(stateFolder: string): Promise<void> {
  const script = `
    import { lockRun } from ${JSON.stringify(new URL('../../../src/run/run-lock.ts', import.meta.url).pathname)};
    await lockRun(${JSON.stringify(stateFolder)}, 'watch');
    process.kill(process.pid, 'SIGKILL');`;
  const killed = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: 'inherit',
  });
  expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL']);
}

describe('lockRun', () => {
  test('refuses a second run and names the first', async () => {
    await using scene = await openScene();
    const lock = await lockRun(scene.stateFolder, 'up');
    const failure = await failureOf(lockRun(scene.stateFolder, 'down'));
    expect(failure.code).toBe('state');
    expect(failure.message).toContain(`slipway up, process ${process.pid}`);
    await lock.release();
  });

  test('lets the next run in when the first has ended', async () => {
    await using scene = await openScene();
    await writeFile(join(scene.stateFolder, 'journal.jsonl'), '');
    await (await lockRun(scene.stateFolder, 'up')).release();
    expect(existsSync(join(scene.stateFolder, 'run.lock'))).toBe(false);
    const lock = await lockRun(scene.stateFolder, 'down');
    expect(existsSync(join(scene.stateFolder, 'run.lock'))).toBe(true);
    await lock.release();
    expect(existsSync(join(scene.stateFolder, 'journal.jsonl'))).toBe(true);
  });

  test('takes over at once the lock of a run that was killed, and ends what that has left running', async () => {
    await using scene = await openScene();
    await killWhileHolding(scene.stateFolder);
    const orphan = spawn('sleep', ['600'], {
      detached: true,
      env: { ...process.env, [RUN_VARIABLE]: scene.stateFolder },
    });
    const other = spawn('sleep', ['600'], {
      detached: true,
      env: { ...process.env, [RUN_VARIABLE]: `${scene.stateFolder}-2` },
    });
    await Promise.all([once(orphan, 'spawn'), once(other, 'spawn')]);
    const ended = once(orphan, 'exit');
    const lock = await lockRun(scene.stateFolder, 'up');
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(other.exitCode).toBeNull();
    other.kill();
    await lock.release();
  });

  test('leaves no empty folder behind', async () => {
    await using scene = await openScene();
    const folder = join(scene.stateFolder, 'cluster');
    await (await lockRun(folder, 'up')).release();
    expect(existsSync(folder)).toBe(false);
  });

  test('a run whose lock somebody has removed is told, and begins nothing more', async () => {
    await using scene = await openScene();
    const lock = await lockRun(scene.stateFolder, 'watch');
    const journal = await Journal.open(join(scene.stateFolder, 'journal.jsonl'), () => lock.verify());
    await journal.record('intended', clusterResource);
    await rm(join(scene.stateFolder, 'run.lock'), { recursive: true });
    const next = await lockRun(scene.stateFolder, 'up');
    const failure = await failureOf(journal.record('made', clusterResource));
    expect([failure.code, failure.message]).toEqual(['state', expect.stringContaining('has lost its lock')]);
    await lock.release();
    await next.verify();
    await next.release();
  });

  test('the state folder goes with the lock in it, and the next run makes both anew', async () => {
    await using scene = await openScene();
    const folder = join(scene.stateFolder, 'cluster');
    const lock = await lockRun(folder, 'down');
    await removeStateFolder(folder);
    const next = await lockRun(folder, 'up');
    await lock.release();
    await next.verify();
    await next.release();
    expect(existsSync(folder)).toBe(false);
  });

  test('a link in the place of the state folder goes, and nothing that it leads to', async () => {
    await using scene = await openScene();
    const [victim, link] = ['victim', 'link'].map((name) => join(scene.stateFolder, name)) as [
      string,
      string,
    ];
    await mkdir(victim);
    await writeFile(join(victim, 'file'), '');
    await symlink(victim, link);
    await removeStateFolder(link);
    expect([existsSync(link), existsSync(join(victim, 'file'))]).toEqual([false, true]);
  });

  test('a file in the place of the lock is told, with the way out', async () => {
    await using scene = await openScene();
    await writeFile(join(scene.stateFolder, 'run.lock'), '');
    const failure = await failureOf(lockRun(scene.stateFolder, 'up'));
    expect([failure.code, failure.hint]).toEqual(['state', expect.stringContaining('out of the way')]);
  });
});
