// Reads a config as data. Without zod, so that a look at what has not changed can do it, too.

import { basename } from 'node:path';
import { Failure } from '../failure.ts';
import { refuseMissingOrDoubtful } from './find-config.ts';
import { importConfig } from './import-config.ts';
import { thrownText, toPlainData } from './plain-data.ts';
import { refuseProblems } from './problem.ts';

/**
 * What it exports, as plain data that nobody has checked yet. A process imports a module once.
 * Rejects with Failure 'config' for a module that is not there or cannot be imported, and for what is no data.
 */
export async function readConfigModule(configFile: string): Promise<unknown> {
  refuseMissingOrDoubtful(configFile);
  const imported = await importConfig(configFile).catch((error: unknown) => {
    throw unreadableConfig(configFile, thrownText(error), error);
  });
  if (imported.value === undefined) {
    throw isData(configFile)
      ? new Failure('config', `${configFile} is empty`, { hint: 'It has to hold the data of a config.' })
      : new Failure('config', `${configFile} has no default export`, {
          hint: 'Write `export default { ... }`; in a .cjs `module.exports = { ... }`.',
        });
  }
  const { data, problems } = toPlainData(imported.value);
  refuseProblems(problems, basename(configFile));
  return data;
}

const isData = (configFile: string): boolean => /\.(json|ya?ml)$/.test(configFile);

export function unreadableConfig(configFile: string, problem: string, cause?: unknown): Failure {
  return new Failure('config', `${configFile} cannot be read: ${problem}`, {
    hint: isData(configFile)
      ? 'It has to be the data of a config: see config.schema.json of the package.'
      : 'A TypeScript config has types that can be erased (no enum, no namespace).',
    cause,
  });
}
