// The near end of receive-files.sh in one container.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ContainerExec, ExecRequest, ExecSession } from '../kubernetes/exec/container-exec.ts';
import { packFiles } from './pack-files.ts';
import { ConnectionLost, SyncRefused } from './sync-failure.ts';
import { SYNC_VOLUME } from './sync-rules.ts';
import { fileState, listingWith, type Listing, type SyncItem } from './sync-set.ts';
import { packageFolder } from '../package-folder.ts';

/** A container of a busy node takes its time to start a program. */
const OPEN_MS = 20_000;
/** Longer than the receiver waits for two starts of the program. */
const ANSWER_MS = 40_000;

/** What a put came to; undone: the exit code of the program, or 'late'. */
export type PutVerdict = { readonly kind: 'done' } | { readonly kind: 'undone'; readonly how: string };

export class FileReceiver {
  readonly #session: ExecSession;
  readonly #lines: AsyncIterator<string>;
  #listing: Listing = new Map();
  #hasEnded = false;
  #takeBack: (() => Promise<void>) | undefined;

  private constructor(session: ExecSession) {
    this.#session = session;
    this.#lines = createInterface({ input: session.output, crlfDelay: Infinity })[Symbol.asyncIterator]();
    void session.ended.then(() => (this.#hasEnded = true));
  }

  /** Rejects with SyncRefused where the container cannot take files, else as ContainerExec.open does. */
  static async open(
    exec: ContainerExec,
    container: Omit<ExecRequest, 'command'>,
    signal: AbortSignal,
  ): Promise<FileReceiver> {
    const script = await readFile(join(packageFolder, 'src/sync/receive-files.sh'), 'utf8');
    const command = ['sh', '-c', script, 'receive', SYNC_VOLUME];
    const receiver = new FileReceiver(await exec.open({ ...container, command }, signal));
    try {
      await receiver.#readListing();
    } catch (error) {
      receiver.close();
      throw error;
    }
    return receiver;
  }

  /** What is in the container. */
  get listing(): Listing {
    return this.#listing;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Sends files and waits until they are in place and what comes after has happened. `port` is where the program
   * has to listen after a restart. One at a time. Rejects with SyncRefused when it is not known what is in place.
   */
  async put(items: readonly SyncItem[], after: string, port: number | undefined): Promise<PutVerdict> {
    const archive = await packFiles(items);
    const verdict = await this.#ask('put', archive, after, port);
    if (verdict.kind === 'done') {
      const before = this.#listing;
      this.#listing = listingWith(before, items);
      this.#takeBack = async () => {
        await this.#ask('back', Buffer.alloc(0), after, port);
        this.#listing = before;
      };
    }
    return verdict;
  }

  /** The container has again what it had before the last put that was done. Rejects as `put`. */
  async takeBack(): Promise<void> {
    const takeBack = this.#takeBack;
    this.#takeBack = undefined;
    await takeBack?.();
  }

  close(): void {
    this.#hasEnded = true;
    this.#session.close();
  }

  async #ask(
    verb: 'put' | 'back',
    archive: Buffer,
    after: string,
    port: number | undefined,
  ): Promise<PutVerdict> {
    const hex = port === undefined ? '-' : port.toString(16).toUpperCase().padStart(4, '0');
    // The shell knows signals without their first syllable.
    const then = after.replaceAll('SIG', '');
    this.#takeBack = undefined;
    this.#session.write(Buffer.concat([Buffer.from(`${verb} ${archive.length} ${then} ${hex}\n`), archive]));
    const [word, how = ''] = (await this.#line(ANSWER_MS)).split(/ (.*)/);
    if (word === 'done') return { kind: 'done' };
    if (word === 'undone') return { kind: 'undone', how };
    this.close();
    throw new SyncRefused(how === '' ? `the container answered '${word}'` : how);
  }

  async #readListing(): Promise<void> {
    const digests = new Map<string, string>();
    const executable = new Set<string>();
    for (;;) {
      const line = await this.#line(OPEN_MS);
      if (line === 'ready') break;
      const [, digest, place] = /^([0-9a-f]{64}|x) [ *]tree\/(.+)$/.exec(line) ?? [];
      if (digest === undefined || place === undefined) {
        // A name that sha256sum writes in its own way: no rule takes such a file, and nothing is known of it.
        if (line.startsWith('\\')) continue;
        throw new SyncRefused(`the container cannot take files: ${line.replace(/^failed /, '')}`);
      }
      if (digest === 'x') executable.add(place);
      else digests.set(place, digest);
    }
    this.#listing = new Map(
      [...digests].map(([place, digest]) => [place, fileState(digest, executable.has(place))]),
    );
  }

  async #line(withinMs: number): Promise<string> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new SyncRefused(`the container did not answer within ${withinMs / 1000} s`)),
      withinMs,
    );
    try {
      const { value, done } = await Promise.race([this.#lines.next(), late.promise]);
      if (!done) return value;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    throw new ConnectionLost(`the container takes no more files: ${await this.#session.ended}`);
  }
}
