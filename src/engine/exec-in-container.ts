// Runs a program in a container by the engine's API and reads what it prints: the way in where the files of containers
// are out of reach, which is everywhere but for root beside the engine.

import { callEngine } from './ask-engine.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';

const DEADLINE_MS = 10_000;
/** Before each piece of output: one byte for its stream, three of nothing, four for its length. */
const FRAME_HEAD = 8;
const STDOUT = 1;

/** Its standard output. Rejects when it does not end within 10 s. What the program ended with is not asked. */
export async function execInContainer(
  endpoint: EngineEndpoint,
  container: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const call = async (path: string, body: unknown): Promise<Buffer> =>
    callEngine(endpoint, { method: 'POST', path, body, deadlineMs: DEADLINE_MS }, signal);
  const made = await call(`/containers/${encodeURIComponent(container)}/exec`, {
    ...{ AttachStdout: true, AttachStderr: true, Tty: false },
    Cmd: command,
  });
  const { Id } = JSON.parse(made.toString()) as { Id: string };
  return standardOutputIn(await call(`/exec/${Id}/start`, { Detach: false, Tty: false }));
}

/** https://docs.docker.com/reference/api/engine/ (attach: stream format) */
function standardOutputIn(frames: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + FRAME_HEAD <= frames.length;) {
    const end = at + FRAME_HEAD + frames.readUInt32BE(at + 4);
    if (frames[at] === STDOUT) pieces.push(frames.subarray(at + FRAME_HEAD, end));
    at = end;
  }
  return Buffer.concat(pieces).toString();
}
