// What the two builders of an engine have in common: a stream of JSON messages that ends in an image or an error.

import { Failure } from '../../failure.ts';
import type { Progress } from '../../task.ts';
import { hintOfEngine } from '../../engine/hint-of-engine.ts';

/** One line of the engine's answer to a build. */
export type EngineMessage = Readonly<Record<string, unknown>>;

/** Follows a build message by message. One transcript per build. */
export interface BuildTranscript {
  /** Takes in a message and tells how far the build is, if the message says so. */
  accept(message: EngineMessage): Progress | undefined;
  /** The id of the finished image; undefined as long as the builder has not said that all is done. */
  readonly imageId: string | undefined;
  /** The step that was at work last, as a phrase ('step 3/7: RUN npm ci'), and the last lines of its output. */
  readonly lastStep: { readonly text: string; readonly output: readonly string[] } | undefined;
}

/** Lines of output that a failure shows. */
export const SHOWN_OUTPUT_LINES = 30;

/** The last lines of a text that comes in pieces, without colours and without what carriage returns overwrote. */
export class OutputTail {
  readonly #lines: string[] = [];
  #open = '';

  add(piece: string): void {
    const parts = (this.#open + piece).split('\n');
    // A program that never ends its line must not fill the memory.
    this.#open = (parts.pop() ?? '').slice(-10_000);
    for (const part of parts) this.#keep(part);
  }

  get lines(): readonly string[] {
    const last = plainLine(this.#open);
    return last === '' ? [...this.#lines] : [...this.#lines, last].slice(-SHOWN_OUTPUT_LINES);
  }

  #keep(raw: string): void {
    const line = plainLine(raw);
    if (line !== '' && this.#lines.push(line) > SHOWN_OUTPUT_LINES) this.#lines.shift();
  }
}

/** Failure 'build' for this image, with the step and its output. */
export function buildFailure(
  reference: string,
  reason: string,
  transcript: BuildTranscript,
  cause?: unknown,
): Failure {
  const step = transcript.lastStep;
  return new Failure('build', `${reference}: ${reason}${step ? ` in ${step.text}` : ''}`, {
    details: step?.output ?? [],
    cause,
    hint: hintOfEngine(reason),
  });
}

/** The text of an error message of the engine, or undefined if the message is none. */
export function errorText(message: EngineMessage): string | undefined {
  const detail = message['errorDetail'];
  const inDetail =
    typeof detail === 'object' && detail !== null ? (detail as EngineMessage)['message'] : undefined;
  const text = inDetail ?? message['error'];
  return typeof text === 'string' && text !== ''
    ? text
    : 'error' in message || detail
      ? 'unknown error'
      : undefined;
}

/** `{aux: {ID: 'sha256:…'}}`, as both builders tell the id of an image. */
export function auxImageId(message: EngineMessage): string | undefined {
  const aux = message['aux'];
  const id = typeof aux === 'object' && aux !== null ? (aux as EngineMessage)['ID'] : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function plainLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- colour codes are what has to go
  const plain = text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').trimEnd();
  return plain.slice(plain.lastIndexOf('\r') + 1);
}
