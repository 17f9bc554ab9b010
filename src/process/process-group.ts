// Ends a process group as a whole: a program, its children, and theirs.

import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 20;

/** Sends a signal to every process of the group; false when there is none left. */
export function signalProcessGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal);
    return true;
  } catch (error) {
    // EPERM: the group is there, but its members run as somebody else (sudo). There is nothing more to do for us.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}

/**
 * SIGTERM to the group, SIGKILL to what is left of it after `graceMs`.
 * Resolves when nobody of the group lives any more, or a second after SIGKILL (stuck in the kernel).
 */
export async function endProcessGroup(groupId: number, graceMs: number): Promise<void> {
  if (!signalProcessGroup(groupId, 'SIGTERM')) return;
  if (await groupIsGone(groupId, graceMs)) return;
  if (!signalProcessGroup(groupId, 'SIGKILL')) return;
  await groupIsGone(groupId, 1000);
}

async function groupIsGone(groupId: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (signalProcessGroup(groupId, 0) && (await hasLivingMember(groupId))) {
    if (performance.now() > deadline) return false;
    await sleep(pollMs);
  }
  return true;
}

// In a container the first process often does not collect orphans: they stay in the group as zombies, and a
// signal to the group keeps succeeding. Where there is no /proc, each member counts as living.
async function hasLivingMember(groupId: number): Promise<boolean> {
  const entries = await readdir('/proc').catch(() => undefined);
  if (entries === undefined || !entries.includes('self')) return true;
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // The name stands in brackets and may hold anything; after it come state, parent and group.
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(group) === groupId && state !== 'Z' && state !== 'X') return true;
  }
  return false;
}

/** SIGKILL to the groups of all children of this process: for one that ends at once. */
export function killChildren(): void {
  for (const entry of namesIn('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = textOf(`/proc/${entry}/stat`);
    const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Each program that is started here leads a group of its own.
    if (Number(parent) === process.pid && group === entry) signalProcessGroup(Number(group), 'SIGKILL');
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
