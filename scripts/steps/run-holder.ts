// Who holds the lock of a cluster: a run that lives, or one that was killed and whose programs may be at work still.

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcessGroup } from '../process/process-group.ts';

/** Programs of a run have this variable with the state folder in it: so they are found when the run was killed. */
export const RUN_VARIABLE = 'SLIPWAY_RUN';

/** How long such a program has to end by itself. */
const GRACE_MS = 5000;

export class RunHolder {
  readonly #file: string;
  readonly #stateFolder: string;

  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder;
    this.#file = join(stateFolder, 'run.json');
  }

  /** Says who holds the lock now: this process. */
  async write(command: string): Promise<void> {
    const text = `npm run ${command}, process ${process.pid}, since ${new Date().toISOString()}\n`;
    await writeFile(this.#file, text, { mode: 0o600 });
  }

  /** What the last one has said of itself; undefined when it has ended by itself. */
  async read(): Promise<string | undefined> {
    return readFile(this.#file, 'utf8').then(
      (text) => text.trim() || 'unknown',
      () => undefined,
    );
  }

  async clear(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  /** True when the process that has said so is there no more: its lock holds nobody. */
  async isDead(): Promise<boolean> {
    const [, pid] = /process (\d+)/.exec((await this.read()) ?? '') ?? [];
    if (pid === undefined) return false;
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }

  /** Ends what a killed run has started and what works on: half of a helm or kind would come in the way of the next. */
  async endOrphans(): Promise<void> {
    const mark = `${RUN_VARIABLE}=${this.#stateFolder}`;
    const groups = new Set<number>();
    for (const id of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
      const environment = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '');
      if (!environment.split('\0').includes(mark)) continue;
      const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
      // The name stands in brackets and may hold anything; after it come state, parent and group.
      const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
      if (group > 1) groups.add(group);
    }
    await Promise.all([...groups].map((group) => endProcessGroup(group, GRACE_MS)));
  }
}
