// npm run record: records a real `npm run up` and `npm run down` of the todo environment as docs/recording.svg.
// Nothing may be up before.

import { writeFile } from 'node:fs/promises';
import { listenForStop } from '../src/cli/stop-signals.ts';
import { ZxCommandRunner } from '../src/process/zx-command-runner.ts';
import { exitCodeOf } from '../src/exit-codes.ts';
import { printFailure } from '../src/view/print-failure.ts';
import { recordingSvg, type RecordedLine } from './record/recording-svg.ts';

const PLAY_MS = 20_000;
const COLUMNS = 110;
/** A step is told again and again while it goes on; of those lines only the ends are shown. */
const isShown = (line: string): boolean => line.trim() !== '' && !/^\s*\d+\.\d+ s\s+…/.test(line);

const stop = listenForStop(() => process.exit(130));
try {
  await using commands = new ZxCommandRunner({ env: { ...process.env, NO_COLOR: '1' }, quietMs: Infinity });
  const lines: RecordedLine[] = [];
  let passedMs = 0;
  for (const command of ['up', 'up', 'down']) {
    lines.push({ atMs: passedMs, text: `$ npm run ${command}` });
    const startedAt = performance.now();
    await commands.run({
      program: process.execPath,
      args: ['scripts/start.mjs', command],
      cwd: process.cwd(),
      signal: stop.signal,
      onLine: (text) => {
        process.stdout.write(`${text}\n`);
        if (isShown(text)) lines.push({ atMs: passedMs + performance.now() - startedAt, text });
      },
    });
    passedMs += performance.now() - startedAt + 1_000;
  }
  await writeFile('docs/recording.svg', recordingSvg(lines, { playMs: PLAY_MS, columns: COLUMNS }));
} catch (error) {
  printFailure(error, process.stderr, { colors: process.stderr.isTTY });
  process.exitCode = exitCodeOf(error);
} finally {
  stop.dispose();
}
