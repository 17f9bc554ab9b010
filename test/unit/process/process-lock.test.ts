import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holderOf, tryProcessLock, type HeldLock } from '../../../src/process/process-lock.ts';

const MODULE = new URL('../../../src/process/process-lock.ts', import.meta.url).pathname;
let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'slipway-lock-'));
  folder = join(parent, 'lock');
});
afterEach(() => rm(parent, { recursive: true }));

async function take(): Promise<HeldLock> {
  const answer = await tryProcessLock(folder, 'me');
  if (!('lock' in answer)) throw new Error(`held by ${answer.heldBy}`);
  return answer.lock;
}

test('is held until it is released, and leaves nothing', async () => {
  const lock = await take();
  expect(await tryProcessLock(folder, 'another')).toEqual({ heldBy: 'me' });
  expect([await lock.isHeld(), await holderOf(folder)]).toEqual([true, 'me']);
  await lock.release();
  expect([await lock.isHeld(), await holderOf(folder), await readdir(parent)]).toEqual([
    false,
    undefined,
    [],
  ]);
  await (await take()).release();
});

test.each([
  ['another time that this process id was given', { startedTicks: '1' }, true],
  ['another boot of this machine', { bootId: 'another' }, true],
  ['another machine', { host: 'another', bootId: 'another', pid: 999_999_999 }, false],
  ['another container', { pidNamespace: 'pid:[1]', pid: 999_999_999 }, false],
])('a holder of %s', async (_, changes, isDead) => {
  const lock = await take();
  const [name] = await readdir(folder);
  const claim = JSON.parse(await readFile(join(folder, name!), 'utf8')) as object;
  await writeFile(join(folder, name!), JSON.stringify({ ...claim, ...changes }));
  const answer = await tryProcessLock(folder, 'next');
  expect('lock' in answer).toBe(isDead);
  expect(await lock.isHeld()).toBe(!isDead);
});

test.each(['', 'garbage', '[]', 'null', '{}', '{"pid":"1"}', JSON.stringify({ pid: 1, host: hostname() })])(
  'a claim %j of nobody holds nothing',
  async (content) => {
    await mkdir(folder);
    await writeFile(join(folder, '00000000-0000-4000-8000-000000000000.json'), content);
    await writeFile(join(folder, '00000000-0000-4000-8000-000000000001.json.new'), content);
    await (await take()).release();
    expect(await readdir(parent)).toEqual([]);
  },
);

test('a process that is suspended holds what it holds', async () => {
  const script = `
    import { tryProcessLock } from ${JSON.stringify(MODULE)};
    await tryProcessLock(${JSON.stringify(folder)}, 'asleep');
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script]);
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  expect(await tryProcessLock(folder, 'next')).toEqual({ heldBy: 'asleep' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect((await take()).foundDead).toBe(1);
});

test('of processes that race for it, and are killed with it, never do two hold it', async () => {
  // Each round is held with a file that names the holder: whoever finds a living other one in it was let in wrongly.
  const script = `
      import { tryProcessLock } from ${JSON.stringify(MODULE)};
      import * as fs from 'node:fs';
      const [folder, inside] = process.argv.slice(1);
      let held = 0;
      const isAlive = (pid) => { try { return !/\\) [ZX] /.test(fs.readFileSync('/proc/' + pid + '/stat', 'utf8')); } catch { return false; } };
      for (let round = 0; round < 150; round++) {
        const answer = await tryProcessLock(folder, 'process ' + process.pid);
        if (!('lock' in answer)) { await new Promise((go) => setTimeout(go, Math.random() * 5)); continue; }
        const before = fs.existsSync(inside) ? Number(fs.readFileSync(inside, 'utf8')) : 0;
        if (before !== 0 && before !== process.pid && isAlive(before)) { console.log('two hold it'); process.exit(1); }
        fs.writeFileSync(inside, String(process.pid));
        await new Promise((go) => setTimeout(go, Math.random() * 3));
        if (Number(fs.readFileSync(inside, 'utf8')) !== process.pid) { console.log('another came in'); process.exit(1); }
        if (++held > 5 && Math.random() < 0.05) process.kill(process.pid, 'SIGKILL');
        fs.rmSync(inside);
        await answer.lock.release();
      }
      console.log('held ' + held);`;
  const runs = Array.from({ length: 6 }, async () => {
    const args = ['--input-type=module-typescript', '--eval', script, folder, join(parent, 'inside')];
    const child = spawn(process.execPath, args);
    const [out, errors, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null, string | null]>,
    ]);
    return { out, errors: errors.replace(/.*ExperimentalWarning.*\n.*\n/, ''), end: signal ?? code };
  });
  for (const { out, errors, end } of await Promise.all(runs)) {
    expect({ out, errors }).toEqual({ out: expect.not.stringContaining('two'), errors: '' });
    expect([0, 'SIGKILL']).toContain(end);
  }
  await (await take()).release();
}, 60_000);
