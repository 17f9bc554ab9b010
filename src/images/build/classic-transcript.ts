// Pure: follows a build of the classic builder ("Step 3/7 : RUN npm ci").

import type { Progress } from '../../task.ts';
import { auxImageId, OutputTail, type BuildTranscript, type EngineMessage } from './build-transcript.ts';

interface Step {
  readonly number: number;
  readonly total: number;
  readonly instruction: string;
  readonly output: OutputTail;
}

export class ClassicTranscript implements BuildTranscript {
  #step: Step | undefined;
  #lastId: string | undefined;
  #finished = false;

  accept(message: EngineMessage): Progress | undefined {
    // Each stage tells an id; the last one is the image, and only once 'Successfully built' has been said.
    this.#lastId = auxImageId(message) ?? this.#lastId;
    if (typeof message['status'] === 'string') return this.#pulling(message);
    const text = message['stream'];
    if (typeof text !== 'string') return undefined;
    const begun = /^Step (\d+)\/(\d+) : (.*)$/m.exec(text);
    if (begun) {
      const [, number, total, instruction = ''] = begun;
      this.#step = {
        number: Number(number),
        total: Number(total),
        instruction: instruction.replaceAll(/\s+/g, ' ').trim(),
        output: new OutputTail(),
      };
      return this.#progress(this.#step.instruction);
    }
    if (/^Successfully built [0-9a-f]+/m.test(text)) this.#finished = true;
    else if (!/^ ---> |^Removing intermediate container /.test(text)) this.#step?.output.add(text);
    return undefined;
  }

  get imageId(): string | undefined {
    return this.#finished ? this.#lastId : undefined;
  }

  get lastStep(): BuildTranscript['lastStep'] {
    const step = this.#step;
    if (!step) return undefined;
    return { text: `step ${step.number}/${step.total}: ${step.instruction}`, output: step.output.lines };
  }

  /** A base image is being pulled. Its bytes are not our steps: they are told in words only. */
  #pulling(message: EngineMessage): Progress | undefined {
    const { status, id } = message as { status: string; id?: unknown };
    if (!this.#step || !/^(Pulling from|Downloading|Extracting)/.test(status)) return undefined;
    return this.#progress(
      `${this.#step.instruction} (${status.toLowerCase()}${typeof id === 'string' ? ` ${id}` : ''})`,
    );
  }

  #progress(text: string): Progress {
    const { number, total } = this.#step as Step;
    return { text, done: number - 1, total, unit: 'steps' };
  }
}
