// In a worker: imports a config as if for the first time, and tells what it is made of.

import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

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
    // A config is data; a function in it could not be told apart from a changed one.
    return { files: [...files], config: structuredClone(config) };
  } catch (error) {
    return { files: [...files], problem: error instanceof Error ? error.message : String(error) };
  }
}

parentPort!.postMessage(await answer());
