// From a save to the plan, and memory, with many files watched.

import { join } from 'node:path';
import type { Bench, BenchScene, Series } from '../support/bench/bench.ts';
import type { Memory, WatchedFiles } from '../support/bench/watched-files.ts';

const SIZES = [500, 5_000, 50_000] as const;
const EDITS = 30;

export const bench: Bench = {
  name: 'watched-files',
  title: 'From a save to the plan, with many files watched',
  async run(scene) {
    const found: Found[] = [];
    for (const files of SIZES) {
      const name = `${files} files`;
      scene.report(`${EDITS} saves with ${name}`);
      found.push({ name, watched: await measure(files, scene) });
    }
    return {
      about: [
        'Ten services share the files. One of them is saved; the watch hears of it, lets it rest for 50 ms, describes',
        'the environment anew with the fingerprints of all services, and decides what has to be done: that is the time.',
        'The real watcher and the real description work on real files; engine and cluster are in memory. Each size has',
        'a process of its own; its memory is asked after a garbage collection.',
      ].join(' '),
      series: [
        {
          title: 'From a save to the plan',
          unit: 'ms',
          against: found[0]!.name,
          ways: found.map(({ name, watched }) => ({ name, values: watched.planMs })),
        },
        memoryOf('Memory that the process has', 'residentBytes', found),
        memoryOf('Memory that is in use', 'heapBytes', found),
      ],
      goals: [],
    };
  },
};

interface Found {
  readonly name: string;
  readonly watched: WatchedFiles;
}

function memoryOf(title: string, what: keyof Memory, found: readonly Found[]): Series {
  const ways = found.map(({ name, watched }) => ({ name, values: [watched.after[what]] }));
  const before = { name: 'before', values: [found[0]!.watched.before[what]] };
  return { title, unit: 'bytes', ways: [before, ...ways] };
}

async function measure(files: number, { commands, signal }: BenchScene): Promise<WatchedFiles> {
  const script = join(import.meta.dirname, '../support/bench/watched-files.ts');
  const { stdout } = await commands.run({
    program: process.execPath,
    args: ['--expose-gc', script, String(files), String(EDITS)],
    timeoutMs: 900_000,
    signal,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as WatchedFiles;
}
