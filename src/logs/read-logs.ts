// Reads the logs of all pods as they are now, as one stream in the order of time.

import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { containerRunsOf } from './container-runs.ts';
import type { LogFilter } from './log-filter.ts';
import { logRefusal } from './log-refusal.ts';
import { splitTime, type LogLine } from './log-line.ts';

export interface ReadLogs {
  readonly api: Pick<ClusterApi, 'logs'>;
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

export async function readLogs(request: ReadLogs, signal: AbortSignal): Promise<LogLine[]> {
  const { api, pods, services, isWanted, sinceTime, tailLines, previous = false } = request;
  const runs = pods.flatMap((pod) => {
    const service = services.get(pod.metadata.uid ?? pod.metadata.name);
    if (service === undefined) return [];
    return containerRunsOf(pod)
      .filter((run) => run.isPrevious === previous && isWanted({ service, container: run.container }))
      .map((run) => ({ service, ...run }));
  });
  const timed = await Promise.all(
    runs.map(async ({ service, namespace, pod, container }) => {
      const query = { namespace, pod, container, previous, sinceTime, tailLines, timestamps: true };
      const text = await api.logs(query, signal).catch((error: unknown) => {
        const refusal = logRefusal(error, { pod, container });
        if (refusal === undefined) throw error;
        if (refusal !== '') request.onLost?.(refusal);
        return '';
      });
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((timedLine) => {
        const { time, line } = splitTime(timedLine);
        return { time, line: { service, pod, container, line } };
      });
    }),
  );
  return timed
    .flat()
    .sort((left, right) => (left.time < right.time ? -1 : left.time > right.time ? 1 : 0))
    .map(({ line }) => line);
}
