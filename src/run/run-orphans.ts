// What a killed run has left running: half of a helm or kind would come in the way of the next run.

import { readdir, readFile } from 'node:fs/promises';
import { endProcessGroup } from '../process/process-group.ts';

/** Programs of a run have this variable with the state folder in it. What is meant to live on does not get it. */
export const RUN_VARIABLE = 'SLIPWAY_RUN';

/** How long such a program has to end by itself. */
const GRACE_MS = 5000;

/** Only for the holder of the lock: whatever carries the mark is of a run before, but this process and its own group. */
export async function endOrphans(stateFolder: string): Promise<void> {
  const mark = `${RUN_VARIABLE}=${stateFolder}`;
  const groups = new Set<number>();
  const own = await groupOf('self');
  for (const id of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(mark)) continue;
    const group = await groupOf(id);
    // A shell that such a program has opened, and in which this run was started.
    if (group > 1 && group !== own) groups.add(group);
  }
  await Promise.all([...groups].map((group) => endProcessGroup(group, GRACE_MS)));
}

async function groupOf(id: string): Promise<number> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
  // The name stands in brackets and may hold anything; after it come state, parent and group.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
