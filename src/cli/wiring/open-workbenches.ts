// What programs and images are made with, and the programs of others that a run needs: loaded when they are asked for.

import { join } from 'node:path';
import type { CommandRunner } from '../../process/command-runner.ts';
import type { ChosenTool } from '../../tools/choose-tools.ts';
import type { Workbench } from '../../packages/workshop.ts';
import type { CommandContext } from '../command-context.ts';
import { once } from './late.ts';

export interface Tools {
  readonly kind: () => Promise<ChosenTool>;
  readonly helm: () => Promise<ChosenTool>;
}

export interface Workbenches {
  /** Rejects where there is no Go. */
  readonly workbench: () => Promise<Workbench>;
  /** Enough where nothing is compiled. */
  readonly registryWorkbench: () => Promise<Workbench>;
  /** Each is looked for when it is first asked for. Rejects where it is missing and cannot be made. */
  readonly tools: Tools;
}

export function openWorkbenches(
  { folders, architecture, signal }: CommandContext,
  commands: CommandRunner,
): Workbenches {
  const cache = once(async () => {
    const { ArtifactCache } = await import('../../packages/artifact-cache.ts');
    return new ArtifactCache(join(folders.cache, 'artifacts'));
  });
  const workbench = once(async () => {
    const { observeGoToolchain } = await import('../../packages/go-toolchain.ts');
    return { cache: await cache(), commands, ...(await observeGoToolchain(commands, signal)) };
  });
  const registryWorkbench = async (): Promise<Workbench> => ({
    cache: await cache(),
    commands,
    goVersion: 'none',
    // Containers are Linux on every machine; Node and Go name two architectures differently.
    platform: `linux/${architecture === 'x64' ? 'amd64' : architecture}`,
  });
  const choice = { commands, projectFolder: folders.slipway, workbench, registryWorkbench };
  return {
    workbench,
    registryWorkbench,
    tools: {
      kind: once(async () => (await import('../../tools/choose-tools.ts')).chooseKind(choice, signal)),
      helm: once(async () => (await import('../../tools/choose-tools.ts')).chooseHelm(choice, signal)),
    },
  };
}
