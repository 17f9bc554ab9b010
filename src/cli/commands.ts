// The commands, in the order in which the help lists them. Each is loaded when it is asked for.

import type { CommandMain } from './run-command.ts';
import type { CommandSpec } from './option-spec.ts';

export interface Command {
  readonly spec: CommandSpec;
  readonly main: CommandMain;
}

export const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['up', () => import('../up/up-command.ts').then(({ upSpec: spec, up: main }) => ({ spec, main }))],
  [
    'watch',
    () => import('../watch/watch-command.ts').then(({ watchSpec: spec, watch: main }) => ({ spec, main })),
  ],
  [
    'down',
    () => import('../down/down-command.ts').then(({ downSpec: spec, down: main }) => ({ spec, main })),
  ],
  ['plan', () => import('../up/plan-command.ts').then(({ planSpec: spec, plan: main }) => ({ spec, main }))],
  [
    'status',
    () =>
      import('../status/status-command.ts').then(({ statusSpec: spec, status: main }) => ({ spec, main })),
  ],
  [
    'logs',
    () => import('../logs/logs-command.ts').then(({ logsSpec: spec, logs: main }) => ({ spec, main })),
  ],
  [
    'doctor',
    () =>
      import('../doctor/doctor-command.ts').then(({ doctorSpec: spec, doctor: main }) => ({ spec, main })),
  ],
  [
    'check',
    () => import('../policy/check-command.ts').then(({ checkSpec: spec, check: main }) => ({ spec, main })),
  ],
  [
    'trust',
    () =>
      import('../certificates/trust-command.ts').then(({ trustSpec: spec, trust: main }) => ({ spec, main })),
  ],
  [
    'trace',
    () => import('../trace/trace-command.ts').then(({ traceSpec: spec, trace: main }) => ({ spec, main })),
  ],
  [
    'prune',
    () => import('../prune/prune-command.ts').then(({ pruneSpec: spec, prune: main }) => ({ spec, main })),
  ],
  [
    'materials',
    () =>
      import('../materials/materials-command.ts').then(({ materialsSpec: spec, materials: main }) => ({
        spec,
        main,
      })),
  ],
]);
