import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { JsonView } from '../../../src/view/json-view.ts';
import { LineWriter } from '../../../src/view/line-writer.ts';

const program = fileURLToPath(new URL('../../support/endless-output.ts', import.meta.url));

interface Told {
  readonly read: number;
  readonly told: number;
  readonly held: number;
}

test('a reader that stalls stops the reading of logs, is held a bounded amount for, and can be interrupted', async () => {
  // A pipe that nobody reads.
  await using child = Object.assign(fork(program, { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] }), {
    [Symbol.asyncDispose]: async () => void child.kill('SIGKILL'),
  });
  const ended = once(child, 'exit');
  const reports: Told[] = [];
  for await (const [report] of on(child, 'message') as AsyncIterable<[Told]>) {
    reports.push(report);
    if (report.told >= 20_000) break;
  }
  const [half, last] = [reports.find(({ told }) => told >= 10_000)!, reports.at(-1)!];
  expect(last.read).toBe(half.read);
  expect(last.held).toBeLessThan(2 * 1024 * 1024);
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
}, 20_000);

test('who reads on is told how much is missing, in the place where it is', async () => {
  const stream = new PassThrough();
  const lines = new LineWriter(stream);
  const long = 'x'.repeat(1024);
  for (let count = 0; count < 3_000; count++) lines.write(long);
  stream.setEncoding('utf8');
  const read: string[] = [];
  stream.on('data', (text: string) => read.push(text));
  await once(stream, 'drain');
  lines.write('the next one');
  await lines.close();
  const all = read.join('').trimEnd().split('\n');
  const kept = all.filter((line) => line === long).length;
  expect(kept).toBeLessThan(1_100);
  expect(all.slice(kept)).toEqual([
    `… ${3_000 - kept} lines are missing here: they were not read in time`,
    'the next one',
  ]);
});

test('a program is told so as an event', async () => {
  const stream = new PassThrough();
  const view = new JsonView({ stream });
  for (let count = 0; count < 3_000; count++)
    view.show({ type: 'note', level: 'info', text: 'x'.repeat(1024) });
  const read: string[] = [];
  stream.setEncoding('utf8').on('data', (text: string) => read.push(text));
  await once(stream, 'drain');
  await view.close();
  expect(JSON.parse(read.join('').trimEnd().split('\n').at(-1)!)).toMatchObject({
    ...{ type: 'note', level: 'warn' },
    text: expect.stringMatching(/^\d+ events are missing here/),
  });
});
