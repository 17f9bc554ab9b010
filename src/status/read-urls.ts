// The URLs of an environment, where its config can be read.

import { addonCatalog } from '../addons/addon-catalog.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import { loadConfig } from '../config/load-config.ts';
import { Failure } from '../failure.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { fillPorts, type NamedUrl } from '../up/describe-access.ts';

/** Empty when the config is broken or gone: whoever asks for a status wants one all the same. */
export async function readUrls(
  context: CommandContext,
  environment: string,
  ports: readonly PortMapping[],
): Promise<NamedUrl[]> {
  try {
    const config = await loadConfig({ configFile: context.configFile, addons: [...addonCatalog.keys()] });
    return fillPorts(config.environments[environment]?.urls ?? {}, ports);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
