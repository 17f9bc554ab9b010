// Imports the module of a config. Without zod, so that a look at what has not changed can do it, too.

import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Failure } from '../failure.ts';
import { thrownText, toPlainData } from './plain-data.ts';
import { refuseProblems } from './problem.ts';

/**
 * What it exports, as plain data that nobody has checked yet. A process imports a module once.
 * Rejects with Failure 'config' for a module that cannot be imported, and for what is no data.
 */
export async function readConfigModule(configFile: string): Promise<unknown> {
  const { data, problems } = toPlainData((await importConfig(configFile)).value);
  refuseProblems(problems, basename(configFile));
  return data;
}

/** In a box: a value with a method `then` would be awaited on its way, and might never come. */
async function importConfig(configFile: string): Promise<{ readonly value: unknown }> {
  try {
    const module = (await import(pathToFileURL(configFile).href)) as { default?: unknown };
    if (module.default !== undefined) return { value: module.default };
  } catch (error) {
    throw unreadableConfig(configFile, thrownText(error), error);
  }
  throw new Failure('config', `${configFile} has no default export`, {
    hint: 'Write `export default { ... }`.',
  });
}

export function unreadableConfig(configFile: string, problem: string, cause?: unknown): Failure {
  return new Failure('config', `${configFile} cannot be read: ${problem}`, {
    hint: 'The config is a TypeScript module with types that can be erased (no enum, no namespace).',
    cause,
  });
}
