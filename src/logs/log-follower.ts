// Follows the logs of all pods in one stream: of new pods and after restarts too, and over streams that break.
//
//   run of a container, first seen ──> open ──> closed ──┬──> open: it still runs, or ended since it was opened last
//                                                        └──> over: it had ended when it was opened last

import type { Readable } from 'node:stream';
import { Failure } from '../failure.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { containerRunsOf, type ContainerRun } from './container-runs.ts';
import type { LogFilter } from './log-filter.ts';
import { logRefusal } from './log-refusal.ts';
import { splitTime, type LogLine } from './log-line.ts';

export interface LogFollowerOptions {
  readonly api: Pick<ClusterApi, 'streamLogs'>;
  readonly onLine: (line: LogLine) => void;
  /** Given while whoever reads the lines does not keep up: until then no more of them are read. */
  readonly caughtUp?: () => Promise<void> | undefined;
  /** Lines before this are not shown, ISO 8601. */
  readonly sinceTime?: string | undefined;
  /** Of each container, only so many of the lines that are there already. */
  readonly tailLines?: number | undefined;
  /** A log that the API refuses, for another reason than that its container is not there (yet, or any more). */
  readonly onLost?: (text: string) => void;
  readonly signal: AbortSignal;
}

interface Followed {
  state: 'open' | 'closed' | 'over';
  /** Of the last line that was shown. */
  lastTime: string | undefined;
}

export class LogFollower {
  readonly #options: LogFollowerOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #open = new Set<Promise<void>>();

  constructor(options: LogFollowerOptions) {
    this.#options = options;
  }

  /** Takes a look at all pods; `services` gives the release by uid of a pod. Never waits. */
  take(pods: readonly ClusterObject[], services: ReadonlyMap<string, string>, isWanted: LogFilter): void {
    const seen = new Set<string>();
    for (const pod of pods) {
      const service = services.get(pod.metadata.uid ?? pod.metadata.name);
      if (service === undefined) continue;
      for (const run of containerRunsOf(pod)) {
        seen.add(run.id);
        if (isWanted({ service, container: run.container })) this.#follow(run, service);
      }
    }
    // Containers that are gone do not come back under the same id.
    for (const [id, { state }] of this.#followed)
      if (!seen.has(id) && state !== 'open') this.#followed.delete(id);
  }

  /** Resolves when no stream is open any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#open);
  }

  #follow(run: ContainerRun, service: string): void {
    const followed = this.#followed.get(run.id) ?? { state: 'closed', lastTime: undefined };
    this.#followed.set(run.id, followed);
    if (followed.state !== 'closed') return;
    followed.state = 'open';
    const reading: Promise<void> = this.#read(run, service, followed)
      .then(() => (followed.state = run.isOver ? 'over' : 'closed'))
      // The next look tries again, as long as the container is there; a log that is gone is no news.
      .catch((error: unknown) => {
        followed.state = 'closed';
        const refusal = logRefusal(error, run);
        if (refusal) this.#options.onLost?.(refusal);
        if (!(error instanceof Failure) && !this.#options.signal.aborted && !isBroken(error)) throw error;
      })
      .then(() => void this.#open.delete(reading));
    this.#open.add(reading);
  }

  async #read(run: ContainerRun, service: string, followed: Followed): Promise<void> {
    const { api, onLine, caughtUp, sinceTime, tailLines, signal } = this.#options;
    const { namespace, pod, container, isPrevious: previous } = run;
    const isFirst = followed.lastTime === undefined;
    const query = { namespace, pod, container, previous, timestamps: true };
    const from = isFirst ? { sinceTime, tailLines } : { sinceTime: followed.lastTime };
    const stream = await api.streamLogs({ ...query, ...from, follow: true }, signal);
    for await (const text of linesOf(stream)) {
      const { time, line } = splitTime(text);
      // The API counts in seconds: what came in the same second is told again.
      if (followed.lastTime !== undefined && time <= followed.lastTime) continue;
      followed.lastTime = time;
      onLine({ service, pod, container, line });
      await caughtUp?.();
      if (signal.aborted) return;
    }
  }
}

/** The lines of a log; readline would wait for ever on a stream that is destroyed. */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** A stream that was cut: ECONNRESET, ERR_STREAM_PREMATURE_CLOSE. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
