// What a build rejects with whose sources are no longer what its tag stands for.

import { Failure } from '../../failure.ts';

export class SourcesChanged extends Failure {
  /** @param subject the image, or the file that changed */
  constructor(subject: string) {
    super('build', `${subject} changed while it was read; nothing was built of it`, {
      hint: 'Run it again: it starts from what is there now.',
    });
  }
}
