// PodFeed by list and watch of the API server.

import { createInterface } from 'node:readline';
import type { IncomingMessage } from 'node:http';
import { Failure } from '../../failure.ts';
import type { ApiConnection } from './api-connection.ts';
import { ApiTransport } from './api-transport.ts';
import type { ClusterObject } from './cluster-api.ts';
import { pause } from '../pause.ts';
import type { PodFeed } from './pod-feed.ts';

const TIMEOUT_MS = 10_000;
/** Before it is asked again after it could not be asked. */
const PAUSE_MS = 1_000;

interface PodEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ClusterObject;
}

export class RestPodFeed implements PodFeed {
  readonly #transport: ApiTransport;

  constructor(connection: ApiConnection) {
    this.#transport = new ApiTransport(connection, TIMEOUT_MS);
  }

  async *follow(namespace: string, signal: AbortSignal): AsyncGenerator<readonly ClusterObject[]> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
    while (!signal.aborted) {
      try {
        const request = { doing: `list pods in ${namespace}`, method: 'GET', path } as const;
        const { pods, resourceVersion } = await this.#transport.fetchJson(request, signal, readList);
        yield [...pods.values()];
        const query = { watch: 'true', resourceVersion };
        const watching = { ...request, doing: `watch pods in ${namespace}`, query };
        for await (const { type, object } of eventsOf(await this.#transport.fetchStream(watching, signal))) {
          // The version is too old by now, or the like: it is listed again.
          if (type === 'ERROR') break;
          if (type === 'BOOKMARK') continue;
          if (type === 'DELETED') pods.delete(object.metadata.name);
          else pods.set(object.metadata.name, object);
          yield [...pods.values()];
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Failure)) throw error;
        await pause(PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }
}

/** A line for each event. A connection that breaks is an end like any other: whoever asks, asks again. */
async function* eventsOf(stream: IncomingMessage): AsyncGenerator<PodEvent> {
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]();
  for (;;) {
    const next = await lines.next().catch(() => undefined);
    const event = next?.done === false ? readEvent(next.value) : undefined;
    if (event === undefined) return;
    yield event;
  }
}

/** Undefined for half a line. */
function readEvent(line: string): PodEvent | undefined {
  try {
    return JSON.parse(line) as PodEvent;
  } catch {
    return undefined;
  }
}

function readList(value: unknown): { pods: Map<string, ClusterObject>; resourceVersion: string } {
  const { metadata, items } = value as {
    metadata: { resourceVersion: string };
    items: readonly ClusterObject[] | null;
  };
  const pods = new Map((items ?? []).map((pod) => [pod.metadata.name, pod]));
  return { pods, resourceVersion: metadata.resourceVersion };
}
