// In a worker: imports a config as if for the first time, and tells what it is made of.

import * as modules from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { importConfig } from './import-config.ts';
import { thrownText, toPlainData } from './plain-data.ts';

/** What the worker answers. */
export type ConfigAnswer =
  | { readonly files: readonly string[]; readonly config: unknown }
  | { readonly files: readonly string[]; readonly problem: string };

async function answer(): Promise<ConfigAnswer> {
  const configFile = workerData as string;
  const files = new Set([configFile]);
  // Node has it from 22.15 on; before, only the config itself is known, unless jiti imports it.
  modules.registerHooks?.({
    load(url, context, nextLoad) {
      // What a package holds changes by an install, not by an edit.
      if (url.startsWith('file:') && !url.includes('/node_modules/')) files.add(fileURLToPath(url));
      return nextLoad(url, context);
    },
  });
  try {
    const { value: config, files: read = [] } = await importConfig(configFile);
    for (const file of read) files.add(file);
    if (config === undefined) return { files: [...files], problem: 'it has no default export' };
    const { data, problems } = toPlainData(config);
    // A message is cloned, and not everything can be.
    if (problems.length === 0) return { files: [...files], config: data };
    return {
      files: [...files],
      problem: problems.map(({ path, message }) => `${path} ${message}`).join('; '),
    };
  } catch (error) {
    return { files: [...files], problem: thrownText(error) };
  }
}

parentPort!.postMessage(await answer());
