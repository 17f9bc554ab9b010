// Structured concurrency: what was started together ends together. Promise.all leaves the others at work when one fails.

/**
 * Resolves with all results. When one rejects, the others are cancelled by the signal that they were given and waited
 * for; then the first rejection is passed on.
 */
export async function allOrNone<T extends readonly unknown[]>(
  signal: AbortSignal,
  start: (scope: AbortSignal) => readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const scope = new AbortController();
  const running = start(AbortSignal.any([signal, scope.signal]));
  try {
    return (await Promise.all(running)) as unknown as T;
  } catch (error) {
    scope.abort(error);
    await Promise.allSettled(running);
    throw error;
  }
}
