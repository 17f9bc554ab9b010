// The Failure that something ends in; anything else breaks the test.

import { Failure } from '../../src/failure.ts';

export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw new Error('not a Failure', { cause: error });
}
