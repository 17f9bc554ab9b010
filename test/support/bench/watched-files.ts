// A process that watches a project of so many files and measures itself: `node watched-files.ts <files> <edits>`.
// A process of its own, because its memory is measured. Prints one JSON object.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChokidarSourceTree } from '../../../src/watch/chokidar-source-tree.ts';
import { WatchedMachine } from '../watched-machine.ts';

/** What the process prints. */
export interface WatchedFiles {
  /** From a save to the decision what has to be done, each. */
  readonly planMs: readonly number[];
  /** From the start of the watch until all is followed, with an `up` that has nothing to build. */
  readonly followMs: number;
  /** After a garbage collection: with everything imported, and with all files watched and all edits made. */
  readonly before: Memory;
  readonly after: Memory;
}

export interface Memory {
  /** What the process has of the machine, what it once needed and may need again included. */
  readonly residentBytes: number;
  /** What is alive. */
  readonly heapBytes: number;
}

const SERVICES = 10;
const FILES_PER_FOLDER = 25;
const WITHIN_MS = 30_000;

async function memory(): Promise<Memory> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await sleep(100);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { residentBytes: rss, heapBytes: heapUsed };
}

const [files, edits] = process.argv.slice(2).map(Number) as [number, number];
const services = Array.from({ length: SERVICES }, (_, index) => `service-${index}`);
const pathOf = (index: number): string => {
  const service = services[index % SERVICES]!;
  return `services/${service}/src/part-${Math.floor(index / SERVICES / FILES_PER_FOLDER)}/file-${index}.ts`;
};
const source = 'export const line = 1;\n'.repeat(60);
const before = await memory();
const startedAt = performance.now();
await using watched = await WatchedMachine.begin({
  services,
  openTree: (onHint) => new ChokidarSourceTree({ onHint, poll: false }),
  // All the same text: what the watch has of them is measured, not what this process has.
  files: Object.fromEntries(Array.from({ length: files }, (_, index) => [pathOf(index), source])),
});
const followMs = performance.now() - startedAt;

async function reach(service: string, kind: 'started' | 'ended', from: number): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  const isThere = (): boolean =>
    watched.events.slice(from).some((event) => event.kind === kind && event.service === `release:${service}`);
  while (!isThere()) {
    if (performance.now() > deadline) throw new Error(`${service} has not ${kind} after a save`);
    await sleep(1);
  }
}

const planMs: number[] = [];
for (let edit = 0; edit < edits; edit += 1) {
  const index = (edit * 7919) % files;
  const from = watched.events.length;
  await watched.write(pathOf(index), `${source}// edited ${edit}\n`);
  const savedAt = performance.now();
  await reach(services[index % SERVICES]!, 'started', from);
  planMs.push(performance.now() - savedAt);
  await reach(services[index % SERVICES]!, 'ended', from);
  await sleep(100);
}
const found: WatchedFiles = { planMs, followMs, before, after: await memory() };
if (!process.stdout.write(`${JSON.stringify(found)}\n`)) await once(process.stdout, 'drain');
