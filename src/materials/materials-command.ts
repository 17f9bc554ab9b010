// `slipway materials`: what Slipway downloads and builds on this machine, with versions and checksums.

import { join } from 'node:path';
import { cycloneDx } from './cyclone-dx.ts';
import { debianTreesLine, readDebianTrees } from './debian-trees.ts';
import { closingText, fullTable, summaryTable } from './material-tables.ts';
import { pinnedPackages, type PinnedPackage } from './pinned-packages.ts';
import { readMaterials } from './read-materials.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import { ZxCommandRunner } from '../process/zx-command-runner.ts';
import { ArtifactCache } from '../packages/artifact-cache.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';
import { lockFile } from '../package-folder.ts';

export const materialsSpec: CommandSpec = {
  name: 'materials',
  summary:
    "Lists what Slipway has downloaded and built on this machine, with checksums: what lies in its cache, the Go modules, npm packages and Debian packages in it, and Slipway's own npm packages.\nThe checksum of several files is that of the lines that sha256sum prints for them, in order of their paths. Changes nothing.",
  options: {
    all: { type: 'flag', description: 'shows each file and component, with whole checksums' },
    json: { type: 'flag', description: 'one CycloneDX 1.6 document on standard output' },
    help: baseOptions.help,
  },
  examples: ['slipway materials', 'slipway materials --all', 'slipway materials --json > slipway.cdx.json'],
};

/** What may be replaced in tests. */
export interface MaterialsSurroundings {
  readonly commands: CommandRunner;
  readonly pinned: readonly PinnedPackage[];
  /** Slipway's own. */
  readonly lockFile: string;
}

export async function materials(context: CommandContext): Promise<number> {
  await using commands = new ZxCommandRunner({ env: context.env });
  return materialsIn(context, { commands, pinned: await pinnedPackages(), lockFile });
}

export async function materialsIn(
  { options, folders, signal, print }: CommandContext,
  surroundings: MaterialsSurroundings,
): Promise<number> {
  const cache = new ArtifactCache(join(folders.cache, 'artifacts'));
  const found = await readMaterials({ ...surroundings, cache }, signal);
  if (options.flags.has('json')) print(JSON.stringify(cycloneDx(found), null, 2));
  else {
    print(options.flags.has('all') ? fullTable(found) : summaryTable(found));
    print(closingText(found));
    const debian = debianTreesLine(await readDebianTrees(cache, signal));
    if (debian !== undefined) print(debian);
  }
  return 0;
}
