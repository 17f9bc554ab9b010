// Where the lock of a run lies; apart from how it is taken, so that a look at it costs nothing.

import { join } from 'node:path';

/** There while a run is at work on the cluster of this state folder, and after one was killed until the next. */
export function runLockOf(stateFolder: string): string {
  return join(stateFolder, 'run.lock');
}
