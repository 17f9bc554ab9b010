// Asks the container engine who it is, over its socket, without a client library: it must cost nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { askEngine, EngineRefusal, EngineSilence } from './ask-engine.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';
import { isAtLeast, parseToolVersion, type ToolVersion } from '../tools/tool-version.ts';

const pollMs = 100;

/** What answers at an endpoint. */
export type EngineAnswer =
  { readonly status: 'running'; readonly version: string; readonly apiVersion: string } | EngineTrouble;

export interface EngineTrouble {
  /**
   * 'absent': there is no such socket. 'refused': nobody listens at it. 'denied': this user may not ask.
   * 'silent': no answer in time. 'unresolved': the host name says nothing. 'untrusted': TLS is not agreed on.
   * 'outdated': it is too old. 'odd': what answers is no engine, or the way to it is broken.
   */
  readonly status:
    'absent' | 'refused' | 'denied' | 'silent' | 'unresolved' | 'untrusted' | 'outdated' | 'odd';
  readonly reason: string;
}

/** Of Docker 20.10, the oldest that Slipway is tested with. */
const OLDEST_API: ToolVersion = { major: 1, minor: 41, patch: 0 };

/** Rejects only when cancelled. */
export async function pingEngine(endpoint: EngineEndpoint, signal: AbortSignal): Promise<EngineAnswer> {
  try {
    const answer = (await askEngine(endpoint, '/version', signal)) as Record<string, unknown> | null;
    const { Version, ApiVersion } = answer ?? {};
    if (typeof Version !== 'string' || typeof ApiVersion !== 'string')
      throw new Error('answered something else than its version');
    const api = parseToolVersion(ApiVersion);
    if (api !== undefined && !isAtLeast(api, OLDEST_API)) {
      const reason = `it is ${Version}, its API ${ApiVersion}: 20.10 with API 1.41 is the oldest that is used`;
      return { status: 'outdated', reason };
    }
    return { status: 'running', version: Version, apiVersion: ApiVersion };
  } catch (error) {
    signal.throwIfAborted();
    return { status: troubleOf(error), reason: error instanceof Error ? error.message : String(error) };
  }
}

function troubleOf(error: unknown): EngineTrouble['status'] {
  if (error instanceof EngineSilence) return 'silent';
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof EngineRefusal) {
    // A proxy in front of the socket, or a plugin that grants rights.
    if (error.statusCode === 401 || error.statusCode === 403) return 'denied';
    return /HTTP request to an HTTPS server/i.test(message) ? 'untrusted' : 'odd';
  }
  const byCode: Readonly<Record<string, EngineTrouble['status']>> = {
    ENOENT: 'absent',
    ENOTDIR: 'absent',
    ECONNREFUSED: 'refused',
    ENOTSOCK: 'refused',
    EACCES: 'denied',
    EPERM: 'denied',
    ETIMEDOUT: 'silent',
    ENOTFOUND: 'unresolved',
    EAI_AGAIN: 'unresolved',
  };
  if (Object.hasOwn(byCode, code)) return byCode[code]!;
  // Codes of OpenSSL and of Node's own checks of certificates.
  return /^(EPROTO|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code) ? 'untrusted' : 'odd';
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
