// Reads the logs of all pods as they are now, as one stream in the order of time.

import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { containerRunsOf, type ContainerRun } from './container-runs.ts';
import { linesOf } from './log-follower.ts';
import type { LogFilter } from './log-filter.ts';
import { logRefusal } from './log-refusal.ts';
import { splitTime, type LogLine } from './log-line.ts';

export interface ReadLogs {
  readonly api: Pick<ClusterApi, 'streamLogs'>;
  readonly pods: readonly ClusterObject[];
  /** By uid of a pod, its release. */
  readonly services: ReadonlyMap<string, string>;
  readonly isWanted: LogFilter;
  /** Lines before this are left out, ISO 8601. */
  readonly sinceTime?: string | undefined;
  /** Of each container, only so many last lines. */
  readonly tailLines?: number | undefined;
  /** Of the run before the last restart. */
  readonly previous?: boolean | undefined;
  /** A log that the API refuses; the others are read. */
  readonly onLost?: (text: string) => void;
}

/** Line by line as they are asked for: of each log no more is held than what its stream has brought. */
export async function* readLogs(request: ReadLogs, signal: AbortSignal): AsyncGenerator<LogLine> {
  const { pods, services, isWanted, previous = false } = request;
  const logs = pods.flatMap((pod) => {
    const service = services.get(pod.metadata.uid ?? pod.metadata.name);
    if (service === undefined) return [];
    return containerRunsOf(pod)
      .filter((run) => run.isPrevious === previous && isWanted({ service, container: run.container }))
      .map((run) => timedLines(request, { service, ...run }, signal));
  });
  try {
    const heads = await Promise.all(logs.map(async (log) => ({ log, head: await log.next() })));
    for (;;) {
      let first: (typeof heads)[number] | undefined;
      for (const each of heads)
        if (!each.head.done && (first?.head.done !== false || each.head.value.time < first.head.value.time))
          first = each;
      if (first === undefined || first.head.done) return;
      yield first.head.value.line;
      first.head = await first.log.next();
    }
  } finally {
    // Whoever stops asking leaves streams that are open.
    await Promise.all(logs.map((log) => log.return(undefined)));
  }
}

interface TimedLine {
  readonly time: string;
  readonly line: LogLine;
}

/** The lines of one container, in the order of their times; none where the API gives none. */
async function* timedLines(
  { api, sinceTime, tailLines, onLost }: ReadLogs,
  { service, namespace, pod, container, isPrevious: previous }: ContainerRun & { readonly service: string },
  signal: AbortSignal,
): AsyncGenerator<TimedLine> {
  const query = { namespace, pod, container, previous, sinceTime, tailLines, timestamps: true };
  const stream = await api.streamLogs(query, signal).catch((error: unknown) => {
    const refusal = logRefusal(error, { pod, container });
    if (refusal === undefined) throw error;
    if (refusal !== '') onLost?.(refusal);
    return undefined;
  });
  if (stream === undefined) return;
  for await (const text of linesOf(stream)) {
    if (text === '') continue;
    const { time, line } = splitTime(text);
    yield { time, line: { service, pod, container, line } };
  }
}
