import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RUN_VARIABLE } from '../../../scripts/steps/run-holder.ts';
import { lockRun } from '../../../scripts/steps/run-lock.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openScene } from './scene.ts';

describe('lockRun', () => {
  test('refuses a second run and names the first', async () => {
    await using scene = await openScene();
    const unlock = await lockRun(scene.stateFolder, 'up');
    const failure = await failureOf(lockRun(scene.stateFolder, 'down'));
    expect(failure.code).toBe('state');
    expect(failure.message).toContain(`npm run up, process ${process.pid}`);
    await unlock();
  });

  test('lets the next run in when the first has ended', async () => {
    await using scene = await openScene();
    await writeFile(join(scene.stateFolder, 'journal.jsonl'), '');
    await (
      await lockRun(scene.stateFolder, 'up')
    )();
    expect(existsSync(join(scene.stateFolder, 'run.json'))).toBe(false);
    const unlock = await lockRun(scene.stateFolder, 'down');
    expect(existsSync(join(scene.stateFolder, 'run.json'))).toBe(true);
    await unlock();
    expect(existsSync(join(scene.stateFolder, 'journal.jsonl'))).toBe(true);
  });

  test('takes over the lock of a run that was killed', async () => {
    await using scene = await openScene();
    const lock = join(scene.stateFolder, 'run.lock');
    await mkdir(lock);
    const minuteAgo = Date.now() / 1000 - 60;
    await utimes(lock, minuteAgo, minuteAgo);
    const unlock = await lockRun(scene.stateFolder, 'up');
    await unlock();
    expect(existsSync(lock)).toBe(false);
  });

  test('takes over at once the lock of a run whose process is gone, and ends what that has left running', async () => {
    await using scene = await openScene();
    await mkdir(join(scene.stateFolder, 'run.lock'));
    const dead = spawn('true');
    await once(dead, 'exit');
    await writeFile(join(scene.stateFolder, 'run.json'), `npm run up, process ${dead.pid}, since then\n`);
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
    const unlock = await lockRun(scene.stateFolder, 'up');
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(other.exitCode).toBeNull();
    other.kill();
    await unlock();
  });

  test('leaves no empty folder behind', async () => {
    await using scene = await openScene();
    const folder = join(scene.stateFolder, 'cluster');
    await (
      await lockRun(folder, 'up')
    )();
    expect(existsSync(folder)).toBe(false);
  });
});
