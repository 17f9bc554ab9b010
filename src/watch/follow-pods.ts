// What goes on beside the runs of a watch, by looks at the pods: logs, forwards, the audit of Dapr's sidecars.

import { SIDECAR } from '../addons/dapr/dapr-sidecars.ts';
import { Forwards } from '../forward/forwards.ts';
import type { ForwardSpec } from '../forward/forward-target.ts';
import { openConnection } from '../kubernetes/client/connect-cluster.ts';
import { lookAtPods } from '../kubernetes/readiness/look-at-pods.ts';
import { SocketPodTunnel } from '../kubernetes/exec/socket-pod-tunnel.ts';
import type { LogFilter } from '../logs/log-filter.ts';
import { LogFollower } from '../logs/log-follower.ts';
import { PodReleases } from '../logs/pod-releases.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import { systemClock } from './clock.ts';
import { ReaderPace } from '../view/reader-pace.ts';
import { HealthWatch, podHealthOf } from './pod-health.ts';
import { SidecarAudit } from '../addons/dapr/sidecar-audit.ts';
import type { CommandContext } from '../cli/command-context.ts';
import type { Session } from '../cli/wiring/open-session.ts';

export interface PodsBeside {
  readonly context: Pick<CommandContext, 'emit' | 'output'>;
  readonly session: { readonly place: Pick<Session['place'], 'connect' | 'releases' | 'kubeconfigFile'> };
  /** The environment as its config says by now. */
  readonly current: () => EnvironmentRun;
  /** Whether a run for this service ('release:backend') goes on. */
  readonly isBusy: (service: string) => boolean;
  /** Asked for each line. */
  readonly isWanted: LogFilter;
  /** ISO 8601: log lines before it are not shown. */
  readonly sinceTime: string;
}

/** Forwards and states of pods tell the truth within this time. */
const LOOK_EVERY_MS = 1_000;

/** Resolves after the signal has aborted and everything has ended; rejects only for a bug. */
export async function followPods(beside: PodsBeside, signal: AbortSignal): Promise<void> {
  const { context, session, current, isBusy, isWanted, sinceTime } = beside;
  const { emit } = context;
  const { place } = session;
  const now = (): string => new Date().toISOString();
  const api = await place.connect();
  const warn = (text: string): void => emit({ type: 'note', level: 'warn', text });
  const news = new LookNews(warn);
  const releases = new PodReleases(place.releases, warn);
  const follower = new LogFollower({
    ...{ api, sinceTime, signal, onLost: news.once },
    caughtUp: new ReaderPace(context.output, signal).caughtUp,
    onLine: (line) => {
      if (isWanted(line)) emit({ type: 'service-log', ...line });
    },
  });
  await using forwards = new Forwards({
    api,
    tunnel: new SocketPodTunnel(await openConnection(place.kubeconfigFile)),
    onState: (state) => emit({ type: 'forward-state', at: now(), ...state }),
  });
  const audit = new SidecarAudit({
    ...{ api, clock: systemClock, signal },
    note: (level, text) => emit({ type: 'note', level, text }),
  });
  const healthWatch = new HealthWatch();
  await lookAtPods(
    {
      ...{ api, everyMs: LOOK_EVERY_MS },
      namespaces: () => namespacesOf(current()),
      onLook: async (pods) => {
        news.seen();
        if (current().addons.has('dapr')) audit.take(pods);
        await forwards.take(forwardsOf(current()), pods, signal);
        // Sidecars speak when they are named, which may be at any time.
        const mayBeWanted: LogFilter = (source) => source.container !== SIDECAR || isWanted(source);
        const services = await releases.of(pods, signal);
        follower.take(pods, services, mayBeWanted);
        const told = healthWatch.take(podHealthOf(pods, services), (name) => isBusy(`release:${name}`));
        for (const { service, health } of told)
          emit({ type: 'service-health', service, at: now(), ...health });
      },
      onLost: (failure) => {
        news.lost(failure.message);
        forwards.lost(failure.message);
      },
      onForbidden: (namespace) => news.once(`the pods of namespace ${namespace} may not be seen`),
    },
    signal,
  );
  await Promise.all([follower.idle(), audit.idle()]);
}

/** Tells of looks at pods what is new: that they are lost, for which reason, and that they are back. */
class LookNews {
  readonly #warn: (text: string) => void;
  readonly #told = new Set<string>();
  #lost: string | undefined;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  readonly once = (text: string): void => {
    if (!this.#told.has(text)) this.#warn(text);
    this.#told.add(text);
  };

  lost(reason: string): void {
    if (this.#lost !== reason) this.#warn(`logs, forwards and states of pods stand still: ${reason}`);
    this.#lost = reason;
  }

  seen(): void {
    if (this.#lost !== undefined) this.#warn('logs, forwards and states of pods go on');
    this.#lost = undefined;
  }
}

/** Those of the releases that the config names, addons left out. */
function namespacesOf({ environment, releases }: EnvironmentRun): string[] {
  const own = [...releases].flatMap(([id, { namespace }]) => (id.startsWith('release:') ? [namespace] : []));
  const forwarded = forwardsOf({ environment }).map(({ namespace }) => namespace);
  return [...new Set([...own, ...forwarded])];
}

function forwardsOf({ environment }: Pick<EnvironmentRun, 'environment'>): ForwardSpec[] {
  return Object.entries(environment.forwards).map(
    ([name, { service, port, localPort = port, namespace = environment.namespace }]) => ({
      ...{ name, service, namespace, port, localPort },
    }),
  );
}
