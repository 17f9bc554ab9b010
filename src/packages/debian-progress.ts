// Pure: how far apt and mmdebstrap are, read from their lines.

import type { Progress } from '../task.ts';

/** Gives for each line of output the progress that it means, or undefined. */
export class DebianProgress {
  #round = '';
  #total = 0;
  #done = 0;
  #fetched = 0;

  read(line: string): Progress | undefined {
    const stage = /^I: (running apt-get update|downloading|extracting|installing|cleaning|creating)/.exec(
      line,
    );
    if (stage !== null) {
      this.#round = line.slice(3).replace(/\.\.\.$/, '');
      return { text: this.#round };
    }
    const total = /^\d+ upgraded, (\d+) newly installed/.exec(line)?.[1];
    if (total !== undefined) {
      // mmdebstrap downloads the essential packages in one round and sets them up in the next, without a new
      // count: only what was fetched starts from zero with each count, and what was set up with each new round.
      this.#total = Number(total);
      this.#fetched = 0;
      this.#done = 0;
      return undefined;
    }
    if (this.#total === 0) return undefined;
    const fetched = /^Get:\d+ \S+ \S+ \S+ (\S+) /.exec(line)?.[1];
    if (fetched !== undefined) return this.#progress(`downloading ${fetched}`, ++this.#fetched);
    const installed = /^Setting up ([^\s:]+)/.exec(line)?.[1];
    if (installed !== undefined) return this.#progress(`setting up ${installed}`, ++this.#done);
    return undefined;
  }

  #progress(text: string, done: number): Progress {
    // A trigger can set a package up twice; more than everything is never shown.
    return { text, done: Math.min(done, this.#total), total: this.#total, unit: 'packages' };
  }
}
