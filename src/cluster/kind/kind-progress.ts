// Pure: reads the phases out of kind's output.

import type { Progress } from '../../task.ts';

/** Turns kind's lines (' • Preparing nodes 📦  ...', ' ✓ Preparing nodes 📦') into progress. */
export class KindProgress {
  readonly #phases: number;
  readonly #finished = new Set<string>();
  #errorText: string | undefined;

  /** @param phases how many there will be */
  constructor(phases: number) {
    this.#phases = phases;
  }

  /** What kind says after 'ERROR: ', once it has failed. */
  get errorText(): string | undefined {
    return this.#errorText;
  }

  /** The progress that a line stands for, or undefined. */
  read(line: string): Progress | undefined {
    const error = /^ERROR: (?:failed to create cluster: )?(.+)$/.exec(line)?.[1];
    if (error !== undefined) this.#errorText = error;
    const match = /^ ([•✓✗]) (.+?)(?:\s+\.\.\.)?\s*$/u.exec(line);
    if (match === null) return undefined;
    const text = (match[2] ?? '').replace(/[^\p{ASCII}]+/gu, '').trim();
    if (match[1] === '✗') return undefined;
    if (match[1] === '✓') this.#finished.add(text);
    return { text, done: this.#finished.size, total: this.#phases, unit: 'phases' };
  }
}
