// `slipway logs`: the logs of all pods of some services, or of all, in one stream.

import { isOf, isOurs } from '../kubernetes/ownership.ts';
import { addonCatalog } from '../addons/addon-catalog.ts';
import { SIDECAR } from '../addons/dapr/dapr-sidecars.ts';
import { Failure } from '../failure.ts';
import { lookAtPods, podsIn } from '../kubernetes/readiness/look-at-pods.ts';
import { parseLogFilter, parseSince } from './log-filter.ts';
import { LogFollower } from './log-follower.ts';
import type { LogLine } from './log-line.ts';
import { PodReleases } from './pod-releases.ts';
import { readLogs } from './read-logs.ts';
import { learnSecrets } from '../secrets/learn-secrets.ts';
import { logPainter } from '../view/log-line.ts';
import { printable } from '../view/printable.ts';
import { ReaderPace } from '../view/reader-pace.ts';
import { wantsColors } from '../view/open-view.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { findPlace } from '../state/find-place.ts';
import { openPlace } from '../cli/wiring/open-place.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';

export const logsSpec: CommandSpec = {
  name: 'logs',
  summary:
    'Prints the logs of services (releases), all their pods together; of all services when none is named.',
  options: {
    ...baseOptions,
    tail: {
      type: 'number',
      value: '<lines>',
      description: 'only that many last lines of each container (100)',
    },
    since: { type: 'text', value: '<time>', description: 'only what is not older: 30s, 5m, 2h' },
    follow: { type: 'flag', description: 'goes on until Ctrl+C, over restarts and with new pods' },
    previous: { type: 'flag', description: 'of the container before the last restart' },
  },
  positionals: ['[<service>,…]'],
  examples: [
    'slipway logs backend',
    'slipway logs backend,frontend --follow --since 5m',
    `slipway logs backend/${SIDECAR}`,
  ],
};

const TAIL_LINES = 100;
const LOOK_EVERY_MS = 1_000;

export async function logs(context: CommandContext): Promise<number> {
  const { options, signal, env, print } = context;
  const wanted = options.positionals[0] ?? 'all';
  const tail = options.texts.get('tail');
  const since = options.texts.get('since');
  const range = {
    sinceTime: since === undefined ? undefined : new Date(Date.now() - parseSince(since)).toISOString(),
    tailLines: tail === undefined && since !== undefined ? undefined : Number(tail ?? TAIL_LINES),
  };
  await using place = await openPlace(context, { ...(await findPlace(context)), engine: 'expect' });
  const api = await place.connect();
  const [all] = await Promise.all([place.releases.list(signal), learnSecrets(api, context.redactor, signal)]);
  const stored = all.filter(({ labels }) => !isOurs(labels) || isOf(place.name, labels));
  context.redactor.addNames(stored.flatMap(({ name, namespace }) => [name, namespace]));
  const services = stored
    .map(({ name }) => name)
    .filter((name) => wanted !== 'all' || !addonCatalog.has(name));
  const isWanted = parseLogFilter(wanted, { services, beside: [SIDECAR] });
  const namespaces = [...new Set(stored.map(({ namespace }) => namespace))];
  const paint = logPainter(wantsColors(context.output, env));
  const onLine = (line: LogLine): void =>
    print(
      options.flags.has('json')
        ? JSON.stringify({ ...line, line: printable(line.line) })
        : paint(line.pod, line.line),
    );
  const warn = onceEach((text) => context.emit({ type: 'note', level: 'warn', text }));
  const onForbidden = (namespace: string): void => warn(`the pods of namespace ${namespace} may not be seen`);
  const releases = new PodReleases(place.releases, warn);
  if (options.flags.has('follow')) {
    const follower = new LogFollower({
      ...{ api, onLine, signal, onLost: warn, ...range },
      caughtUp: new ReaderPace(context.output, signal).caughtUp,
    });
    const look = {
      ...{ api, namespaces: () => namespaces, everyMs: LOOK_EVERY_MS, onForbidden },
      onLook: async (pods: Parameters<PodReleases['of']>[0]) =>
        follower.take(pods, await releases.of(pods, signal), isWanted),
      onLost: (failure: Failure) => {
        throw failure;
      },
    };
    await lookAtPods(look, signal);
    await follower.idle();
    return 0;
  }
  const pods = await podsIn(api, namespaces, onForbidden, signal);
  const byPod = await releases.of(pods, signal);
  if (wanted !== 'all' && ![...byPod.values()].some((service) => wanted.includes(service)))
    throw new Failure('usage', `logs: ${wanted} has no pods`, {
      hint: '`slipway status` lists what is there.',
    });
  const previous = options.flags.has('previous');
  const pace = new ReaderPace(context.output, signal);
  const request = { ...{ api, pods, services: byPod, isWanted, previous, onLost: warn }, ...range };
  for await (const line of readLogs(request, signal)) {
    onLine(line);
    await pace.caughtUp();
    signal.throwIfAborted();
  }
  return 0;
}

function onceEach(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    told.add(text);
    tell(text);
  };
}
