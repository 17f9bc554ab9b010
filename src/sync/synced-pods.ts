// All containers of a release that run one image: they get the same files, and those that come later get them too.

import { Failure } from '../failure.ts';
import type { ClusterObject } from '../kubernetes/client/cluster-api.ts';
import type { ContainerExec } from '../kubernetes/exec/container-exec.ts';
import type { PutVerdict } from './file-receiver.ts';
import { ProgramRefused, SyncRefused } from './sync-failure.ts';
import type { SyncSet } from './sync-set.ts';
import { runningContainers, type SyncTarget } from './sync-target.ts';
import { SyncedContainer } from './synced-container.ts';

export interface SyncedPodsOptions {
  readonly exec: ContainerExec;
  readonly target: SyncTarget;
  /** The last lines of the program's log. */
  readonly logOf: (pod: string) => Promise<readonly string[]>;
  /** Told of a container that came later and could not be given what the others have. */
  readonly onTrouble: (text: string) => void;
}

const NOTHING: SyncSet = { items: new Map(), untouched: new Map() };

export class SyncedPods {
  readonly #options: SyncedPodsOptions;
  /** By id of the container. */
  readonly #containers = new Map<string, SyncedContainer>();
  /** What all of them are to have. */
  #set = NOTHING;

  constructor(options: SyncedPodsOptions) {
    this.#options = options;
  }

  get set(): SyncSet {
    return this.#set;
  }

  /** Takes over a look at the pods of the namespace. */
  observe(pods: readonly ClusterObject[]): void {
    const { exec, target } = this.#options;
    const running = new Map(runningContainers(target, pods).map((one) => [one.id, one]));
    for (const [id, container] of this.#containers) {
      if (running.has(id)) continue;
      container.close();
      this.#containers.delete(id);
    }
    for (const [id, one] of running) {
      if (this.#containers.has(id)) continue;
      const container = new SyncedContainer(exec, target, one);
      this.#containers.set(id, container);
      if (this.#set.items.size === 0) container.open();
      else void this.#catchUp(id, container);
    }
  }

  /**
   * Resolves when every container that runs has these files. When one of them cannot be given them, all have again
   * what they had: rejects with SyncRefused (an image may help) or ProgramRefused (it would not).
   */
  async apply(set: SyncSet): Promise<void> {
    const asked = [...this.#containers];
    if (asked.length === 0) throw new SyncRefused('none of its containers runs');
    const ends = await Promise.allSettled(asked.map(([, container]) => container.bring(set)));
    const troubles = await this.#troublesOf(asked, ends);
    if (troubles.length === 0) {
      this.#set = set;
      // Those that came meanwhile.
      for (const [id, container] of this.#containers)
        if (!asked.some(([other]) => other === id)) void this.#catchUp(id, container);
      return;
    }
    const backs = await Promise.allSettled(asked.map(([, container]) => container.takeBack()));
    const stuck = backs.find((end) => end.status === 'rejected');
    throw stuck ? refusalOf(stuck.reason) : troubles[0]!;
  }

  close(): void {
    for (const container of this.#containers.values()) container.close();
    this.#containers.clear();
  }

  /** The gravest first. A container that is gone by now is none. */
  async #troublesOf(
    asked: readonly (readonly [id: string, container: SyncedContainer])[],
    ends: readonly PromiseSettledResult<PutVerdict>[],
  ): Promise<Error[]> {
    const refused: Error[] = [];
    const undone: Error[] = [];
    for (const [index, end] of ends.entries()) {
      const [id, { pod }] = asked[index]!;
      if (end.status === 'rejected') {
        if (this.#containers.has(id)) refused.push(refusalOf(end.reason));
      } else if (end.value.kind === 'undone')
        undone.push(new ProgramRefused(pod, end.value.how, await this.#options.logOf(pod)));
    }
    return [...refused, ...undone];
  }

  async #catchUp(id: string, container: SyncedContainer): Promise<void> {
    try {
      const verdict = await container.bring(this.#set);
      if (verdict.kind === 'undone') throw new ProgramRefused(container.pod, verdict.how, []);
    } catch (error) {
      if (this.#containers.get(id) !== container) return;
      this.#options.onTrouble(
        `pod ${container.pod} does not have the synced files: ${refusalOf(error).message}`,
      );
    }
  }
}

/** Expected ends; anything else is a bug, and thrown on. */
function refusalOf(error: unknown): Error {
  if (error instanceof SyncRefused) return error;
  if (error instanceof Failure) return new SyncRefused(error.message);
  throw error;
}
