// What a build rejects with whose sources are no longer what its tag stands for.

import { Failure } from '../failure.ts';

export class SourcesChanged extends Failure {
  constructor(reference: string) {
    super('build', `${reference}: its sources changed while they were read; nothing was built of them`, {
      hint: 'Run it again: it starts from what is there now.',
    });
  }
}
