// One running container that files are synced into: knows what it has, and brings it what it lacks.

import type { ContainerExec } from '../kubernetes/exec/container-exec.ts';
import { FileReceiver, type PutVerdict } from './file-receiver.ts';
import { ConnectionLost, SyncRefused } from './sync-failure.ts';
import { deltaOf, strangerIn, type SyncItem, type SyncSet } from './sync-set.ts';
import type { RunningContainer, SyncTarget } from './sync-target.ts';

export class SyncedContainer {
  readonly pod: string;
  readonly #exec: ContainerExec;
  readonly #target: SyncTarget;
  readonly #stop = new AbortController();
  #receiver: FileReceiver | undefined;
  #takeBack: (() => Promise<void>) | undefined;
  /** What was asked before ends first. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(exec: ContainerExec, target: SyncTarget, { pod }: RunningContainer) {
    this.pod = pod;
    this.#exec = exec;
    this.#target = target;
  }

  /**
   * Resolves when the container has exactly this. Rejects with SyncRefused where that cannot be had, or with the
   * Failure of a container that cannot be reached.
   */
  bring(set: SyncSet): Promise<PutVerdict> {
    const turn = this.#last.then(() => this.#bring(set));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** What the last `bring` has sent is taken back. Rejects as `bring`. */
  takeBack(): Promise<void> {
    const turn = this.#last.then(() => this.#takeBack?.());
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Makes ready, so that the first sync need not wait for it. */
  open(): void {
    this.#last = this.#last.then(() => this.#open()).catch(() => undefined);
  }

  /** It runs no more. */
  close(): void {
    this.#stop.abort();
    this.#receiver?.close();
  }

  async #bring(set: SyncSet): Promise<PutVerdict> {
    const receiver = await this.#open();
    const stranger = strangerIn(set, receiver.listing);
    if (stranger !== undefined)
      throw new SyncRefused(
        `in pod ${this.pod}, file ${stranger} of the volume is not what its source was when the image was built`,
      );
    const { items, after } = deltaOf(set, receiver.listing);
    this.#takeBack = undefined;
    if (items.length === 0) return { kind: 'done' };
    try {
      return await this.#put(receiver, items, after);
    } catch (error) {
      if (!(error instanceof ConnectionLost) || this.#stop.signal.aborted) throw error;
      // All of it again: what had arrived may lack what comes after.
      return this.#put(await this.#open(), items, after);
    }
  }

  async #put(receiver: FileReceiver, items: readonly SyncItem[], after: string): Promise<PutVerdict> {
    const verdict = await receiver.put(items, after, this.#target.port);
    if (verdict.kind === 'done') this.#takeBack = () => receiver.takeBack();
    return verdict;
  }

  async #open(): Promise<FileReceiver> {
    if (this.#receiver?.hasEnded === false) return this.#receiver;
    const { namespace, container } = this.#target;
    const where = { namespace, pod: this.pod, container };
    this.#receiver = await FileReceiver.open(this.#exec, where, this.#stop.signal);
    return this.#receiver;
  }
}
