// `slipway watch`: brings the environment up, and keeps it in step with its sources until it is stopped.

import { dirname } from 'node:path';
import { Failure } from '../failure.ts';
import { ChokidarSourceTree } from './chokidar-source-tree.ts';
import { systemClock } from './clock.ts';
import { DEFAULT_TIMING } from './debounce.ts';
import type { EnvironmentScene } from './environment-world.ts';
import { readInotifyLimits } from './inotify-limit.ts';
import { WatchLoop } from './watch-loop.ts';
import { bringUp } from '../up/bring-up.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { down } from '../down/down-command.ts';
import { followPods } from './follow-pods.ts';
import { openSession, type Session } from '../cli/wiring/open-session.ts';
import { openWatch } from '../cli/wiring/open-watch.ts';
import { openKeys, openLogs, type WatchLogs } from '../cli/wiring/open-watch-keys.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';
import { orphanOptions } from '../up/orphan-rule.ts';
import { sessionOptions } from '../cli/session-options.ts';
import { emitWatchEvent, serviceName } from './watch-run-events.ts';

export const watchSpec: CommandSpec = {
  name: 'watch',
  summary:
    'Brings the environment up and follows its sources: what a change reaches is built and deployed anew. Ctrl+C leaves it up.',
  options: {
    ...baseOptions,
    ...sessionOptions,
    ...orphanOptions,
    yes: { type: 'flag', description: 'installs what the machine lacks without asking' },
    'no-rollback': {
      type: 'flag',
      description: 'keeps a version that does not get ready instead of going back to the one before',
    },
    poll: { type: 'flag', description: 'polls files, for file systems that send no events' },
    'sweep-seconds': {
      ...{ type: 'number', value: '<n>' },
      description: 'time between two looks for changes that no event announced (15)',
    },
    logs: {
      ...{ type: 'text', value: '<services>' },
      description: "'all', 'none', or services whose logs are shown: backend,frontend (all)",
    },
    since: {
      ...{ type: 'text', value: '<time>' },
      description: 'log lines from so long ago on: 30s, 5m, 2h (from now on)',
    },
    down: { type: 'flag', description: 'takes the environment down when it is stopped' },
  },
  examples: ['slipway watch', 'slipway watch --logs backend --since 5m', 'slipway watch --poll --down'],
};

const SWEEP_SECONDS = 15;
/** A newer change has to rest so long before it ends a run that it makes useless. */
const CANCEL_REST_MS = 500;
/** helm is given so long to end what it is at: a release that was left half changed has to be repaired. */
const GRACE_MS = 8_000;

export async function watch(context: CommandContext): Promise<number> {
  const { flags } = context.options;
  {
    await using session = await openSession(context, { lockedFor: 'watch', engine: 'ensure' });
    // Before anything is done: an option that cannot be right should cost nothing.
    const logs = openLogs(context, [...session.tools.run.releases.keys()]);
    const failedSteps = await upFirst(context, session);
    await follow(context, session, { failedSteps, logs });
  }
  if (!flags.has('down')) return 0;
  // The stop has ended the watching; what comes now is asked for by it.
  return down({ ...context, signal: new AbortController().signal });
}

/** Resolves with the ids of the steps that failed, as long as the cluster is there: their repair is waited for. */
async function upFirst(context: CommandContext, session: Session): Promise<string[]> {
  const failed: string[] = [];
  const startedAt = performance.now();
  const heard: CommandContext = {
    ...context,
    emit: (event) => {
      if (event.type === 'step-failed') failed.push(event.id);
      context.emit(event);
    },
  };
  try {
    await bringUp(heard, session, { command: 'watch', startedAt });
  } catch (error) {
    const { place, tools } = session;
    const isGoingOn = error instanceof Failure && error.code !== 'interrupted' && failed.length > 0;
    if (!isGoingOn) throw error;
    const { status } = await place.driver.observe(tools.run.clusterName, context.signal);
    if (status !== 'running') throw error;
    const text = 'watching goes on: what failed is tried again when its sources change';
    context.emit({ type: 'note', level: 'warn', text });
  }
  return failed;
}

async function follow(
  context: CommandContext,
  session: Session,
  { failedSteps, logs }: { readonly failedSteps: readonly string[]; readonly logs: WatchLogs },
): Promise<void> {
  const { signal, emit, configFile } = context;
  const { flags, texts } = context.options;
  const { place, tools } = session;
  using hard = graceAfter(signal, GRACE_MS);
  const rollsBack = !flags.has('no-rollback');
  const setup = await openWatch(context, session, { rollsBack, failedSteps, hardSignal: hard.signal });
  const sweepEveryMs = Number(texts.get('sweep-seconds') ?? SWEEP_SECONDS) * 1000;
  const limits = await readInotifyLimits();
  const poll = flags.has('poll');
  await using tree = new ChokidarSourceTree({ onHint: (hint) => loop.hint(hint), poll, limits });
  const told = {
    ...{ emit, projectFolder: dirname(configFile), at: () => new Date().toISOString() },
    started: {
      environment: tools.run.name,
      services: setup.services.map(serviceName),
      failed: setup.failed.map(serviceName),
      by: poll ? ('polling' as const) : ('events' as const),
      sweepEveryMs,
    },
  };
  using keys = new DisposableStack();
  const stop = new AbortController();
  const isBusy = (service: string): boolean =>
    ['dirty', 'running'].includes(loop.stateOf(service)?.name ?? '');
  const both = AbortSignal.any([signal, stop.signal]);
  let beside: Promise<void> | undefined;
  const begin = (): void => {
    if (context.isInteractive && !flags.has('json'))
      keys.use(openKeys(context, session, { setup, loop, logs }));
    beside = followPods({ context, session, ...setup, ...logs, isBusy }, both).finally(() => stop.abort());
    // It is waited for when the loop has ended, which a bug in it brings about.
    beside.catch(() => undefined);
  };
  const loop: WatchLoop<EnvironmentScene> = new WatchLoop({
    ...{ world: setup.world, begin: setup.begin, described: setup.described, tree, clock: systemClock },
    timing: { ...DEFAULT_TIMING, cancelRestMs: CANCEL_REST_MS, sweepEveryMs },
    emit: (event) => {
      emitWatchEvent(event, told);
      if (event.kind === 'added') logs.choice.add(serviceName(event.service));
      if (event.kind === 'dropped') logs.choice.remove(serviceName(event.service));
      if (event.kind === 'following') begin();
    },
  });
  try {
    await loop.run(both);
  } finally {
    stop.abort();
    await beside;
  }
  await setup.idle();
  await place.journal.compact();
}

/** A signal that aborts some time after another one. */
function graceAfter(signal: AbortSignal, graceMs: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => controller.abort(signal.reason), graceMs);
  };
  signal.addEventListener('abort', begin, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}
