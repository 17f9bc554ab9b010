// One request to the engine, and what its failures mean. Told apart by status code, never by message text.

import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { Failure, type FailureCode } from '../failure.ts';
import { hintOfEngine } from './hint-of-engine.ts';

const QUESTION_MS = 60_000;

/** What dockerode rejects with when the engine answered with an error. */
interface EngineError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
}

/**
 * GETs a path of the API. dockerode's own inspect() and history() take no signal: an engine that hangs could
 * not be left.
 */
export async function getJson<T>(
  docker: Docker,
  path: string,
  signal: AbortSignal,
  deadlineMs?: number,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    docker.modem.dial(
      {
        path,
        method: 'GET',
        statusCodes: { 200: true },
        abortSignal: withDeadline(signal, deadlineMs),
      } as Parameters<typeof docker.modem.dial>[0],
      (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result as T)),
    );
  });
}

/** For one answer that is not read by and by. The engine may be at work on something else. */
export function withDeadline(signal: AbortSignal, deadlineMs = QUESTION_MS): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
}

/** The status code that the engine answered with; undefined when it did not answer. */
export function statusCodeOf(error: unknown): number | undefined {
  return error instanceof Error ? (error as EngineError).statusCode : undefined;
}

/** What failed, as a Failure: 'interrupted' when the signal says so, else `code` with what the engine said. */
export function engineFailure(
  error: unknown,
  context: { readonly doing: string; readonly signal: AbortSignal; readonly code?: FailureCode },
): Failure {
  const { doing, signal, code = 'engine' } = context;
  if (signal.aborted) return new Failure('interrupted', `${doing} was stopped`, { cause: error });
  if (error instanceof Failure) return error;
  const { statusCode, code: systemCode, message } = error as EngineError;
  // By a deadline: the signal of the run says nothing.
  if (isAbort(error))
    return new Failure('timeout', `${doing}: the container engine does not answer`, {
      cause: error,
      hint: 'It may hang or be overloaded: restart it, and run again. `slipway doctor` tells more.',
    });
  if (statusCode === undefined)
    return new Failure('engine', `${doing}: the container engine ${problemOf(systemCode, message)}`, {
      cause: error,
      hint: 'Is it running? `slipway doctor` tells.',
    });
  // dockerode puts '(HTTP code 400) unexpected - ' before what the engine said; for streams it keeps nothing else.
  const text = message.replace(/^\(HTTP code \d+\) .*? - /, '').trim();
  return new Failure(code, `${doing}: ${text}`, { cause: error, hint: hintOfEngine(text) });
}

/** An engine's answer that is read by and by; its type in dockerode says only NodeJS.ReadableStream. */
export function asResponse(stream: NodeJS.ReadableStream): IncomingMessage {
  return stream as IncomingMessage;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name);
}

function problemOf(systemCode: string | undefined, message: string): string {
  switch (systemCode) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return 'does not answer';
    case 'EACCES':
    case 'EPERM':
      return 'may not be used by this user';
    default:
      return `broke off (${message})`;
  }
}
