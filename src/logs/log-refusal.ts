// Pure: what to tell when the API gives no log of a container.

import { Failure } from '../failure.ts';
import { ApiStatus } from '../kubernetes/client/api-status.ts';

/** Undefined for no refusal: the API itself did not answer, or it is a bug. '' for what is no news. */
export function logRefusal(
  error: unknown,
  { pod, container }: { readonly pod: string; readonly container: string },
): string | undefined {
  const cause = error instanceof Failure ? error.cause : undefined;
  if (!(cause instanceof ApiStatus) || cause.status === 0) return undefined;
  // A container that has not begun, and a pod that is gone since it was looked at.
  if (cause.status === 400 || cause.status === 404) return '';
  return `the log of ${pod} (${container}) is refused: ${cause.message}`;
}
