// What programs and images are made with, and the programs of others that a run needs: loaded when they are asked for.

import { join } from 'node:path';
import type { CommandRunner } from '../process/command-runner.ts';
import type { ChosenTools } from '../toolchain/choose-tools.ts';
import type { Workbench } from '../toolchain/workshop.ts';
import type { CommandContext } from './command-context.ts';
import { once } from './late.ts';

export interface Workbenches {
  /** Rejects where there is no Go. */
  readonly workbench: () => Promise<Workbench>;
  /** Enough where nothing is compiled. */
  readonly registryWorkbench: () => Promise<Workbench>;
  /** Looked for when they are first asked for. Rejects where one is missing and cannot be made. */
  readonly tools: () => Promise<ChosenTools>;
}

export function openWorkbenches(
  { folders, architecture, signal }: CommandContext,
  commands: CommandRunner,
): Workbenches {
  const cache = once(async () => {
    const { ArtifactCache } = await import('../toolchain/artifact-cache.ts');
    return new ArtifactCache(join(folders.cache, 'artifacts'));
  });
  const workbench = once(async () => {
    const { observeGoToolchain } = await import('../toolchain/go-toolchain.ts');
    return { cache: await cache(), commands, ...(await observeGoToolchain(commands, signal)) };
  });
  return {
    workbench,
    registryWorkbench: async () => ({
      cache: await cache(),
      commands,
      goVersion: 'none',
      // Containers are Linux on every machine; Node and Go name two architectures differently.
      platform: `linux/${architecture === 'x64' ? 'amd64' : architecture}`,
    }),
    tools: once(async () => {
      const [{ nodeKubernetesVersion }, { parseToolVersion }, { observeTools }, { chooseTools }] =
        await Promise.all([
          import('../cluster/node-image.ts'),
          import('../toolchain/tool-version.ts'),
          import('../toolchain/observe-tools.ts'),
          import('../toolchain/choose-tools.ts'),
        ]);
      const observed = await observeTools(commands, parseToolVersion(nodeKubernetesVersion)!, signal);
      return chooseTools({ projectFolder: folders.slipway, observed, workbench });
    }),
  };
}
