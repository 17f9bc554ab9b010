// What a process that runs for long uses, measured again and again.

import { readdir, readFile } from 'node:fs/promises';

export interface ProcessUse {
  readonly residentMegabytes: number;
  /** Open files, sockets, watchers. */
  readonly handles: number;
}

/** Linux only. */
export async function measureProcess(pid: number): Promise<ProcessUse> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  const handles = (await readdir(`/proc/${pid}/fd`)).length;
  return { residentMegabytes: kilobytes / 1000, handles };
}

/** The largest of each. */
export function mostOf(uses: readonly ProcessUse[]): ProcessUse {
  return {
    residentMegabytes: Math.max(...uses.map(({ residentMegabytes }) => residentMegabytes)),
    handles: Math.max(...uses.map(({ handles }) => handles)),
  };
}
