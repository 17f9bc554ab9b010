// The revision of the list: a counter in Dapr's state store that every event takes the next number of.

import type { DaprClient } from '../../shared/dapr-client.ts';
import { errorText } from '../../shared/log.ts';
import type { Log } from '../../shared/log.ts';

const key = 'todo-list-revision';
/** Another replica may write between our read and our write, but hardly this often in a row. */
const attempts = 5;
/** A list is not kept waiting longer for its revision: it is of use without one. */
const readTimeoutMs = 300;
/** After a failure, lists go without for this long, so that a store that hangs does not slow each of them down. */
const restMs = 2_000;

export class ListRevision {
  readonly #dapr: DaprClient;
  readonly #log: Log;
  #restUntilMs = 0;

  constructor(options: { readonly dapr: DaprClient; readonly log: Log }) {
    this.#dapr = options.dapr;
    this.#log = options.log;
  }

  /**
   * Takes the next number. It is at least `minimum`, which grows with every change, so that the numbers go on and
   * do not begin again when the store has lost its data.
   */
  async take(minimum: number): Promise<number> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { value, etag } = await this.#dapr.readState(key);
      const revision = Math.max(toRevision(value) + 1, minimum);
      if (await this.#dapr.saveState(key, { value: revision, etag })) return revision;
    }
    throw new Error(`the list's revision was written by others ${attempts} times in a row`);
  }

  /** The last number taken (0: none yet), or undefined when the store does not say so at once. */
  async current(): Promise<number | undefined> {
    if (performance.now() < this.#restUntilMs) return undefined;
    try {
      return toRevision((await this.#dapr.readState(key, readTimeoutMs)).value);
    } catch (error) {
      this.#restUntilMs = performance.now() + restMs;
      this.#log('warn', 'lists go without their revision', { cause: errorText(error) });
      return undefined;
    }
  }
}

function toRevision(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
