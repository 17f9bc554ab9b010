import { Failure } from '../../../src/failure.ts';

/** The Failure that a call throws; anything else that happens is an error of the test. */
export function failureOf(call: () => unknown): Failure {
  try {
    call();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
