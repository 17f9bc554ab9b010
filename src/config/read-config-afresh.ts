// Reads a config anew, with all that it imports: modules that a process has imported once stay as they were.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { thrownText } from './plain-data.ts';
import { Failure } from '../failure.ts';
import type { ConfigAnswer } from './config-worker.ts';
import { isBundled, packageFolder } from '../package-folder.ts';
import { unreadableConfig } from './read-config-module.ts';

export interface FreshConfig {
  /** Not checked yet. */
  readonly config: unknown;
  /** Absolute paths of the config and of what it imports, packages left out. */
  readonly files: readonly string[];
}

const workerFile = join(packageFolder, isBundled ? 'dist/config-worker.mjs' : 'src/config/config-worker.ts');

/** A config is data: one that takes longer hangs. */
const READ_WITHIN_MS = 10_000;

/** Rejects with ConfigUnreadable for a config that cannot be imported. */
export async function readFreshConfig(configFile: string, signal: AbortSignal): Promise<FreshConfig> {
  signal.throwIfAborted();
  const worker = new Worker(workerFile, {
    workerData: configFile,
    // The config's own output has no place among ours.
    stdout: true,
    stderr: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<ConfigAnswer>();
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', () => reject(new Error('it ended the process')));
  const stop = AbortSignal.any([signal, AbortSignal.timeout(READ_WITHIN_MS)]);
  const onStop = (): void => reject(stop.reason);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    const answer = await promise;
    if ('config' in answer) return answer;
    throw new ConfigUnreadable(configFile, answer.problem, answer.files);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConfigUnreadable) throw error;
    throw new ConfigUnreadable(configFile, thrownText(error), [configFile]);
  } finally {
    stop.removeEventListener('abort', onStop);
    await worker.terminate();
  }
}

/** Knows what was read of it, so that its repair can be noticed. */
export class ConfigUnreadable extends Failure {
  readonly files: readonly string[];

  constructor(configFile: string, problem: string, files: readonly string[]) {
    const { code, message, hint } = unreadableConfig(configFile, problem);
    super(code, message, { hint });
    this.files = files;
  }
}
