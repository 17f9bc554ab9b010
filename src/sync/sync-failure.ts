// Pure: why something could not be synced.

import { Failure } from '../failure.ts';

/** It cannot be synced, and a new image is the way. */
export class SyncRefused extends Error {}

/** The connection into the container ended: nobody knows how far it got, and it is worth another try. */
export class ConnectionLost extends SyncRefused {}

/** The program did not get along with the files: those of before are back, and a new image would not help. */
export class ProgramRefused extends Failure {
  constructor(pod: string, verdict: string, log: readonly string[]) {
    const how =
      verdict === 'late' ? 'did not begin to listen within 15 s' : `ended with exit code ${verdict}`;
    super('release', `with the synced files the program ${how} in pod ${pod}`, {
      hint: 'The files of before are back in place, and served. It is tried again at the next change.',
      details: log,
    });
  }
}
