// Asks the container engine who it is, over its socket, without a client library: it must cost nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { askEngine } from './ask-engine.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';

const pollMs = 100;

/** What answers at an endpoint. */
export type EngineAnswer =
  | { readonly status: 'running'; readonly version: string; readonly apiVersion: string }
  | { readonly status: 'absent'; readonly reason: string }
  | { readonly status: 'denied'; readonly reason: string };

/** 'absent' when nobody listens, 'denied' when this user may not ask; rejects only when cancelled. */
export async function pingEngine(endpoint: EngineEndpoint, signal: AbortSignal): Promise<EngineAnswer> {
  try {
    const answer = (await askEngine(endpoint, '/version', signal)) as Record<string, unknown> | null;
    const { Version, ApiVersion } = answer ?? {};
    if (typeof Version !== 'string' || typeof ApiVersion !== 'string')
      throw new Error('answered something else than its version');
    return { status: 'running', version: Version, apiVersion: ApiVersion };
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    return { status: code === 'EACCES' || code === 'EPERM' ? 'denied' : 'absent', reason: message };
  }
}

/**
 * Waits until an engine answers and resolves with its version. Rejects with Failure 'timeout' and the last answer
 * when the deadline has passed, or with what `whyNot` gives: asked between attempts, whether waiting still makes sense.
 */
export async function waitForEngine(
  endpoint: EngineEndpoint,
  whyNot: () => Promise<Failure | undefined>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await pingEngine(endpoint, signal);
    if (answer.status === 'running') return answer.version;
    const failure = await whyNot();
    if (failure !== undefined) throw failure;
    if (performance.now() > deadline) {
      const waited = `no container engine answered at ${endpoint.url} within ${timeoutMs / 1000} s`;
      throw new Failure('timeout', `${waited}: ${answer.reason}`);
    }
    await sleep(pollMs, undefined, { signal });
  }
}
