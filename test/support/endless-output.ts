// A command that has ever more to tell, by events and by logs; by IPC it says how much it has told and read so far.

import { Readable } from 'node:stream';
import { runCommand } from '../../src/cli/run-command.ts';
import { LogFollower } from '../../src/logs/log-follower.ts';
import { ReaderPace } from '../../src/view/reader-pace.ts';

const pod = {
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name: 'web', namespace: 'small', uid: 'uid' },
  spec: { containers: [{ name: 'main' }] },
  status: { containerStatuses: [{ name: 'main', containerID: 'main', state: { running: {} } }] },
};

function* lines(): Generator<string> {
  for (let count = 0; ; count++)
    yield `2026-01-01T00:00:${String(count).padStart(12, '0')}Z ${'word '.repeat(20)}\n`;
}

await runCommand({
  spec: { name: 'endless', summary: '', options: {}, examples: [] },
  main: async ({ emit, print, signal }) => {
    let read = 0;
    let told = 0;
    const follower = new LogFollower({
      api: { streamLogs: async () => Readable.from(lines(), { signal }) },
      onLine: ({ line }) => {
        read += 1;
        print(line);
      },
      caughtUp: new ReaderPace(process.stdout, signal).caughtUp,
      signal,
    });
    follower.take([pod], new Map([['uid', 'web']]), () => true);
    const text = 'word '.repeat(200);
    const telling = setInterval(() => {
      for (let count = 0; count < 500; count++) emit({ type: 'note', level: 'info', text });
      told += 500;
      process.send?.({ read, told, held: process.stdout.writableLength });
    }, 10);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    clearInterval(telling);
    await follower.idle();
    signal.throwIfAborted();
  },
  argv: process.argv.slice(2),
  caller: 'slipway',
});
