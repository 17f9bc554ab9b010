// In a worker: imports a config as if for the first time, and tells what it is made of.

import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { thrownText, toPlainData } from './plain-data.ts';

/** What the worker answers. */
export type ConfigAnswer =
  | { readonly files: readonly string[]; readonly config: unknown }
  | { readonly files: readonly string[]; readonly problem: string };

async function answer(): Promise<ConfigAnswer> {
  const files = new Set([fileURLToPath(workerData as string)]);
  registerHooks({
    load(url, context, nextLoad) {
      // What a package holds changes by an install, not by an edit.
      if (url.startsWith('file:') && !url.includes('/node_modules/')) files.add(fileURLToPath(url));
      return nextLoad(url, context);
    },
  });
  try {
    const { default: config } = (await import(workerData as string)) as { default?: unknown };
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
