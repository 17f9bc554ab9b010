// The files of an engine on this machine, for whoever may read them: mostly root alone.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineFiles, OpenEngineFiles, OpenFilesRequest } from './engine-files.ts';

export class LocalEngineFiles implements EngineFiles {
  readonly title = "the engine's folder";

  async open({ folder }: OpenFilesRequest): Promise<OpenEngineFiles | undefined> {
    // A folder that may be entered but not listed is of no use either.
    if (!(await isOpen(folder, constants.R_OK | constants.X_OK))) return undefined;
    return {
      async fetch(path) {
        const full = join(folder, path);
        if (!(await isOpen(full, constants.R_OK))) return undefined;
        return { path: full, [Symbol.asyncDispose]: async () => {} };
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }
}

function isOpen(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
