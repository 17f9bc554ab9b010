// Puts together what a person at the terminal can do while watching.

import { SIDECAR } from '../../addons/dapr/dapr-sidecars.ts';
import { parseSince, type LogFilter } from '../../logs/log-filter.ts';
import type { CommandContext } from '../command-context.ts';
import { fillPorts } from '../../up/describe-access.ts';
import { LogChoice } from '../../logs/log-choice.ts';
import type { Session } from './open-session.ts';
import { openUrl } from '../open-url.ts';
import type { WatchSetup } from './open-watch.ts';
import { WatchKeys } from '../../watch/watch-keys.ts';
import { serviceName } from '../../watch/watch-run-events.ts';

export interface WatchLogs {
  readonly choice: LogChoice;
  readonly isWanted: LogFilter;
  /** ISO 8601. */
  readonly sinceTime: string;
}

/** From `--logs` and `--since`; `services` are those of the config: 'release:backend'. Throws Failure 'usage'. */
export function openLogs(
  { options }: Pick<CommandContext, 'options'>,
  services: readonly string[],
): WatchLogs {
  const names = services.filter((service) => service.startsWith('release:')).map(serviceName);
  const choice = new LogChoice(options.texts.get('logs') ?? 'all', { services: names, beside: [SIDECAR] });
  const agoMs = parseSince(options.texts.get('since') ?? '0');
  return { choice, isWanted: choice.isWanted, sinceTime: new Date(Date.now() - agoMs).toISOString() };
}

export interface KeyTargets {
  readonly setup: WatchSetup;
  readonly loop: { retry(service: string): boolean };
  readonly logs: WatchLogs;
}

/** Takes the terminal's keys from now on. */
export function openKeys(
  { emit, system }: Pick<CommandContext, 'emit' | 'system'>,
  { place, tools }: Pick<Session, 'place' | 'tools'>,
  { setup, loop, logs }: KeyTargets,
): WatchKeys {
  const say = (text: string): void => emit({ type: 'note', level: 'info', text });
  // What one edits first: services with an image of the config.
  const services = (): Map<string, string> => {
    const all = [...setup.current().releases.keys()];
    const built = all.filter((service) => setup.isBuilt(service));
    const others = all.filter((service) => !setup.isBuilt(service));
    return new Map([...built, ...others].map((service) => [serviceName(service), service]));
  };
  const urls = fillPorts(tools.run.environment.urls, tools.run.ports);
  return new WatchKeys({
    ...{ input: process.stdin, services: () => [...services().keys()], urls, emit },
    logs: logs.choice,
    act: (name, work) => {
      const service = services().get(name);
      if (service === undefined) return;
      setup.ask(service, work);
      if (loop.retry(service)) return;
      setup.ask(service, undefined);
      say(`${name} is being worked on already`);
    },
    open: ({ url }) =>
      void openUrl(url, { commands: place.commands, system }).then((isOpen) => {
        if (!isOpen) say(`nothing here can open it: ${url}`);
      }),
    // As if the terminal had made the signal: everything else listens to that.
    quit: () => void process.kill(process.pid, 'SIGINT'),
  });
}
