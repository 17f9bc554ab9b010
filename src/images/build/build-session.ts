// The connection over which BuildKit asks the client for registry credentials during a build.

import { createRequire } from 'node:module';
import type Docker from 'dockerode';

type WithSession = (
  docker: Docker,
  auth: undefined,
  opened: (error: Error | null, id: string | null, close: () => void) => void,
) => void;

// Not part of dockerode's typed interface; the version of dockerode is pinned.
const withSession = createRequire(import.meta.url)('dockerode/lib/session.js') as WithSession;

export interface BuildSession extends Disposable {
  readonly id: string;
}

/**
 * Opens a session. BuildKit will not pull a base image without one. dockerode would open it by itself, and
 * leave the socket open when the build fails or is cancelled, so that the process never ends.
 */
export function openBuildSession(docker: Docker): Promise<BuildSession> {
  return new Promise((resolve, reject) => {
    withSession(docker, undefined, (error, id, close) => {
      if (error || id === null) reject(error ?? new Error('the engine opened no session'));
      else resolve({ id, [Symbol.dispose]: close });
    });
  });
}
