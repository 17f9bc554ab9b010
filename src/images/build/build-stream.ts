// Pure: reads the answer of the engine to a build: lines of JSON that end in an image, an error, or nothing.
//
// dockerode's followProgress is not used: it calls a build finished when the stream holds an error, when it is
// cut off, and when it ends without an image, and it throws on bad JSON where nobody can catch.

import type { Progress } from '../../task.ts';
import { buildFailure, errorText, type BuildTranscript, type EngineMessage } from './build-transcript.ts';

export interface ReadBuildOptions {
  /** The image that is built; for messages. */
  readonly reference: string;
  readonly report: (progress: Progress) => void;
}

/**
 * Reads to the end and resolves with the id of the image. Rejects with Failure 'build' on an error in the
 * stream, on a stream that breaks off, on anything that is not JSON, and on an end without an image.
 */
export async function readBuildStream(
  stream: AsyncIterable<Uint8Array | string>,
  transcript: BuildTranscript,
  options: ReadBuildOptions,
): Promise<string> {
  const { reference } = options;
  const fail = (reason: string, cause?: unknown) => buildFailure(reference, reason, transcript, cause);
  let refused: string | undefined;
  try {
    for await (const line of lines(stream)) {
      let progress: Progress | undefined;
      try {
        const message = messageOf(line);
        // What comes after an error is read on: BuildKit may still bring the output of the step that failed.
        refused ??= errorText(message);
        progress = transcript.accept(message);
      } catch (cause) {
        throw new Malformed(line, cause);
      }
      if (progress && refused === undefined) options.report(progress);
    }
  } catch (cause) {
    if (refused === undefined && cause instanceof Malformed)
      throw fail(
        `the engine answered something that cannot be read (${cause.line.slice(0, 80)})`,
        cause.reason,
      );
    if (refused === undefined) throw fail('the connection to the engine broke off', cause);
  }
  if (refused !== undefined) throw fail(`the build failed: ${refused}`);
  if (transcript.imageId === undefined) throw fail('the engine ended the build without an image');
  return transcript.imageId;
}

function messageOf(line: string): EngineMessage {
  const message: unknown = JSON.parse(line);
  if (typeof message !== 'object' || message === null) throw new TypeError('not an object');
  return message as EngineMessage;
}

class Malformed extends Error {
  readonly line: string;
  readonly reason: unknown;

  constructor(line: string, reason: unknown) {
    super('not a message');
    this.line = line;
    this.reason = reason;
  }
}

async function* lines(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.trim() !== '') yield part;
  }
  if (rest.trim() !== '') yield rest;
}
