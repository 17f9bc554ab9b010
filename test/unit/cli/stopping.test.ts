import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const COMMAND = new URL('../../../src/cli/run-command.ts', import.meta.url).pathname;
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'slipway-stop-'))));
afterEach(() => rm(folder, { recursive: true }));

/** A command with this body. */
function start(body: string): ChildProcess {
  const script = `
    import { spawn } from 'node:child_process';
    import { once } from 'node:events';
    import { writeFileSync } from 'node:fs';
    import { runCommand } from ${JSON.stringify(COMMAND)};
    const cleaned = ${JSON.stringify(join(folder, 'cleaned'))};
    const spec = { name: 'up', summary: '', options: {}, examples: [] };
    const main = async ({ print, signal }) => { ${body} };
    await runCommand({ spec, main, argv: [], caller: 'slipway' });`;
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, XDG_STATE_HOME: folder, XDG_CACHE_HOME: folder },
  });
}

describe('a run', () => {
  test('whose reader goes away stops as by an interrupt: it cleans up, and its exit code is not 0', async () => {
    const run = start(`
      const timer = setInterval(() => print('at work'), 10);
      await new Promise((stopped) => signal.addEventListener('abort', stopped));
      clearInterval(timer);
      print('stopping');
      writeFileSync(cleaned, signal.reason.message);
      throw signal.reason;`);
    await once(run.stdout!, 'data');
    const ended = once(run, 'exit');
    run.stdout!.destroy();
    expect(await ended).toEqual([130, null]);
    expect(await readFile(join(folder, 'cleaned'), 'utf8')).toContain('nobody reads the output');
  });

  test('that is interrupted again while it stops takes its programs with it', async () => {
    const run = start(`
      const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
      await once(child, 'spawn');
      signal.addEventListener('abort', () => print('stopping'));
      print(String(child.pid));
      await new Promise(() => setInterval(() => undefined, 1000));`);
    const lines = createInterface({ input: run.stdout! })[Symbol.asyncIterator]();
    const pid = Number((await lines.next()).value);
    const ended = once(run, 'exit');
    run.kill('SIGINT');
    expect((await lines.next()).value).toBe('stopping');
    // For a second, a further one counts as the copy that npm sends.
    const again = setInterval(() => run.kill('SIGINT'), 100);
    expect(await ended).toEqual([130, null]);
    clearInterval(again);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !/\) [ZX]/.test(stat);
}
