// `npm run logs -- <service>`: the logs of every pod of a release, each line with the pod's name.

import { createInterface } from 'node:readline';
import { Failure } from '../failure.ts';
import type { ClusterObject } from '../kubernetes/cluster-api.ts';
import type { CommandContext } from './command-context.ts';
import { findPlace } from './find-place.ts';
import { openPlace } from './open-place.ts';
import { baseOptions, type CommandSpec } from './option-spec.ts';

export const logsSpec: CommandSpec = {
  name: 'logs',
  summary: 'Prints the logs of a service (a release), all its pods together.',
  options: {
    ...baseOptions,
    tail: { type: 'number', value: '<lines>', description: 'only that many last lines of each pod (100)' },
    follow: { type: 'flag', description: 'goes on until Ctrl+C' },
    previous: { type: 'flag', description: 'of the container before the last restart' },
  },
  positionals: ['<service>'],
  examples: ['npm run logs -- backend', 'npm run logs -- backend --follow --tail 10'],
};

export async function logs(context: CommandContext): Promise<number> {
  const { options, signal } = context;
  const [service] = options.positionals;
  if (!service)
    throw new Failure('usage', 'logs: which service?', {
      hint: 'npm run logs -- <service>; `npm run status` lists them.',
    });
  await using place = await openPlace(context, { ...(await findPlace(context)), engine: 'expect' });
  const api = await place.connect();
  const labelSelector = `app.kubernetes.io/instance=${service}`;
  const pods = await api.list({ apiVersion: 'v1', kind: 'Pod', labelSelector }, signal);
  if (pods.length === 0) {
    throw new Failure('usage', `logs: ${service} has no pods`, {
      hint: '`npm run status` lists what is there.',
    });
  }
  const queries = pods.flatMap((pod) =>
    containersOf(pod).map((container) => ({
      namespace: pod.metadata.namespace!,
      pod: pod.metadata.name,
      container,
      tailLines: Number(options.texts.get('tail') ?? 100),
      previous: options.flags.has('previous'),
    })),
  );
  const show = (pod: string, line: string): void =>
    context.print(options.flags.has('json') ? JSON.stringify({ pod, line }) : `${pod}  ${line}`);
  await Promise.all(
    queries.map(async (query) => {
      if (!options.flags.has('follow')) {
        const text = await api.logs(query, signal);
        for (const line of text.split('\n').filter(Boolean)) show(query.pod, line);
        return;
      }
      const lines = createInterface({ input: await api.followLogs(query, signal) });
      for await (const line of lines) show(query.pod, line);
    }),
  );
  return 0;
}

function containersOf(pod: ClusterObject): string[] {
  const { containers = [] } = pod['spec'] as { containers?: { name: string }[] };
  return containers.map((container) => container.name);
}
