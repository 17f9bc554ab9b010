// The container engine of a run: found, and for `up` installed and started where the machine has none.

import { join } from 'node:path';
import { Failure } from '../../failure.ts';
import type { CommandRunner } from '../../process/command-runner.ts';
import { findEngineEndpoint, type EngineEndpoint } from '../../engine/engine-endpoint.ts';
import { pingEngine } from '../../engine/engine-ping.ts';
import { installConsent, type InstallConsent } from '../../packages/install-consent.ts';
import type { Workbench } from '../../packages/workshop.ts';
import type { CommandContext } from '../command-context.ts';
import { noteProgress } from '../../run/run-events.ts';

/** 'ensure': install and start it where it is missing. 'expect': it has to run already. 'none': it is never called. */
export type EngineUse = 'ensure' | 'expect' | 'none';

/** Nothing of an engine is on this machine, so nothing can have been made with one. */
export class NoEngineHere extends Failure {
  constructor(message: string, { hint }: Failure) {
    super('engine', message, { hint });
  }
}

export interface EngineRequest {
  readonly context: CommandContext;
  readonly commands: CommandRunner;
  readonly workbench: () => Promise<Workbench>;
  readonly use: EngineUse;
}

export async function openEngine({
  context,
  commands,
  workbench,
  use,
}: EngineRequest): Promise<EngineEndpoint> {
  const { env, signal, emit } = context;
  const endpoint = await findEngineEndpoint({ env, homeFolder: context.homeFolder });
  if (use === 'none') return endpoint;
  const answer = await pingEngine(endpoint, signal);
  if (answer.status === 'running') return endpoint;
  // Late: most engines run.
  const { ensureContainerEngine, observeEngineHost } = await import('../../engine/container-engine.ts');
  if (use === 'expect') {
    const { engineTroubleFailure } = await import('../../engine/engine-trouble.ts');
    const host = await observeEngineHost(context.system, context.isRoot);
    const isInstalled = (await commands.find('dockerd')) !== undefined;
    const failure = engineTroubleFailure(answer, { host, isInstalled, endpoint });
    const hasNone = answer.status === 'absent' && endpoint.source === 'default' && !isInstalled;
    if (hasNone && (await commands.find('docker')) === undefined)
      throw new NoEngineHere(failure.message, failure);
    throw failure;
  }
  const deps = {
    commands,
    consent: consentOf(context),
    endpoint,
    host: await observeEngineHost(context.system, context.isRoot),
    engineFolder: join(context.folders.state, 'engine'),
    boundedRuntime: async () => {
      const { boundedRuntime } = await import('../../engine/bounded-runtime.ts');
      return boundedRuntime(await workbench());
    },
  };
  const engine = await ensureContainerEngine(deps, {
    signal,
    report: noteProgress(emit, 'container engine', ({ total }) => total === undefined),
  });
  if (engine.origin !== 'running') {
    emit({
      type: 'note',
      level: 'info',
      text: `container engine ${engine.version} ${engine.origin}; it goes on running`,
    });
  }
  return endpoint;
}

/** Whether packages may be installed on this machine: asked on a terminal, unless --yes or CI. */
export function consentOf({ env, options, isInteractive, confirm }: CommandContext): InstallConsent {
  return installConsent({
    policy: env['SLIPWAY_INSTALL'],
    assumeYes: options.flags.has('yes'),
    isCi: Boolean(env['CI']),
    ask: isInteractive ? confirm : undefined,
  });
}
