// A process that watches a project of so many files and measures itself: `node watched-files.ts <files> <edits>`.
// A process of its own, because its memory is measured. Prints one JSON object.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChokidarSourceTree } from '../../../scripts/watch/chokidar-source-tree.ts';
import { WatchedMachine } from '../watched-machine.ts';

/** What the process prints. */
export interface WatchedFiles {
  /** From a save to the decision what has to be done, each. */
  readonly planMs: readonly number[];
  /** From the start of the watch until all is followed, with an `up` that has nothing to build. */
  readonly followMs: number;
  /** Resident, after a garbage collection: with everything imported, and with all files watched. */
  readonly bytesBefore: number;
  readonly bytesWatching: number;
}

const SERVICES = 10;
const FILES_PER_FOLDER = 25;
const WITHIN_MS = 30_000;

async function residentBytes(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await sleep(100);
  }
  return process.memoryUsage().rss;
}

const [files, edits] = process.argv.slice(2).map(Number) as [number, number];
const services = Array.from({ length: SERVICES }, (_, index) => `service-${index}`);
const pathOf = (index: number): string => {
  const service = services[index % SERVICES]!;
  return `services/${service}/src/part-${Math.floor(index / SERVICES / FILES_PER_FOLDER)}/file-${index}.ts`;
};
const source = 'export const line = 1;\n'.repeat(60);
const bytesBefore = await residentBytes();
const startedAt = performance.now();
await using watched = await WatchedMachine.begin({
  services,
  openTree: (onHint) => new ChokidarSourceTree({ onHint, poll: false }),
  files: Object.fromEntries(
    Array.from({ length: files }, (_, index) => [pathOf(index), `${source}// ${index}\n`]),
  ),
});
const followMs = performance.now() - startedAt;
const bytesWatching = await residentBytes();

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
const found: WatchedFiles = { planMs, followMs, bytesBefore, bytesWatching };
if (!process.stdout.write(`${JSON.stringify(found)}\n`)) await once(process.stdout, 'drain');
