// What Linux allows of file events, and what to do where it is not enough.

import { readFile } from 'node:fs/promises';

export interface InotifyLimits {
  /** Folders that all processes of one user may watch together. */
  readonly watches: number;
  /** Watchers that one user may have; a process needs one. */
  readonly instances: number;
  /** Events that wait to be read; further ones are dropped. */
  readonly queuedEvents: number;
}

/** Enough for any tree and under 1 kB of kernel memory for each folder that is really watched. */
const ENOUGH_WATCHES = 524_288;
const ENOUGH_INSTANCES = 512;

/** Undefined where there is no inotify (macOS). */
export async function readInotifyLimits(folder = '/proc/sys/fs/inotify'): Promise<InotifyLimits | undefined> {
  const read = async (name: string): Promise<number> => Number(await readFile(`${folder}/${name}`, 'utf8'));
  try {
    const [watches, instances, queuedEvents] = await Promise.all([
      read('max_user_watches'),
      read('max_user_instances'),
      read('max_queued_events'),
    ]);
    return { watches, instances, queuedEvents };
  } catch {
    return undefined;
  }
}

/** For an error of fs.watch: which limit it is, and how to raise it; undefined for any other error. */
export function explainLimit(
  code: string | undefined,
  limits: InotifyLimits | undefined,
): { reason: string; remedy: string } | undefined {
  if (code === 'ENOSPC') {
    return {
      reason: `the limit of watched folders is reached (fs.inotify.max_user_watches = ${limits?.watches ?? 'unknown'})`,
      remedy: raise('max_user_watches', Math.max(ENOUGH_WATCHES, (limits?.watches ?? 0) * 2)),
    };
  }
  if (code === 'EMFILE') {
    return {
      reason: `no more watcher or open file is allowed (fs.inotify.max_user_instances = ${limits?.instances ?? 'unknown'})`,
      remedy: `${raise('max_user_instances', Math.max(ENOUGH_INSTANCES, (limits?.instances ?? 0) * 2))}; or more open files: ulimit -n 65536`,
    };
  }
  return undefined;
}

function raise(name: string, value: number): string {
  return `sudo sysctl fs.inotify.${name}=${value} (to keep it: echo fs.inotify.${name}=${value} | sudo tee /etc/sysctl.d/60-slipway.conf)`;
}
