// The files of an engine on this machine, for whoever may read them: mostly root alone.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { EngineFiles, FetchedPath } from './engine-files.ts';

export class LocalEngineFiles implements EngineFiles {
  readonly title = "the engine's folder";

  async fetch(path: string): Promise<FetchedPath | undefined> {
    return access(path, constants.R_OK).then(
      () => ({ path, [Symbol.asyncDispose]: async () => {} }),
      () => undefined,
    );
  }
}
