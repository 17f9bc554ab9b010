// Does a container registry answer here? Decides between official images and images made from packages.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** Where the images come from. */
export type ImageSource = 'registry' | 'packages';

/** The registries that official images are pulled from; all of them must answer. */
export const officialRegistries: readonly string[] = ['registry-1.docker.io', 'registry.k8s.io'];

const rememberedForMs = 24 * 60 * 60 * 1000;
const memorySchema = z.object({
  hosts: z.array(z.string()),
  source: z.enum(['registry', 'packages']),
  askedAtMs: z.number(),
});

export interface ImageSourceRequest {
  /** `--images` */
  readonly wanted: 'auto' | ImageSource;
  /** Host names, with a port where it is not 443. */
  readonly hosts: readonly string[];
  /** Absolute path of the file, in the cache folder, that remembers the answer for a day. */
  readonly memoryFile: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** How long all hosts together may take; 2 s if absent. */
  readonly timeoutMs?: number;
  /** Node's fetch. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

export interface ImageSourceChoice {
  readonly source: ImageSource;
  /** 'asked for', 'registry.k8s.io does not answer', 'remembered from 3 h ago'. */
  readonly reason: string;
  /** How long that holds, in milliseconds since 1970. */
  readonly untilMs: number;
}

/** What was asked for; for 'auto' what was remembered, else what a quick probe says. */
export async function chooseImageSource(
  request: ImageSourceRequest,
  signal: AbortSignal,
): Promise<ImageSourceChoice> {
  if (request.wanted !== 'auto')
    return { source: request.wanted, reason: 'asked for', untilMs: Number.MAX_SAFE_INTEGER };
  const remembered = await recall(request);
  if (remembered !== undefined) return remembered;

  const deadline = AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs ?? 2000)]);
  const answers = await Promise.all(
    request.hosts.map((host) => answersAsRegistry(request.fetch, host, deadline)),
  );
  signal.throwIfAborted();
  const silent = request.hosts.filter((_, index) => !answers[index]);
  const source = silent.length === 0 ? 'registry' : 'packages';
  const memory = { hosts: request.hosts, source, askedAtMs: request.nowMs };
  await mkdir(dirname(request.memoryFile), { recursive: true });
  await writeFile(`${request.memoryFile}.new`, JSON.stringify(memory));
  await rename(`${request.memoryFile}.new`, request.memoryFile);
  return {
    source,
    reason: silent.length === 0 ? 'registries answer' : `no answer from ${silent.join(', ')}`,
    untilMs: request.nowMs + rememberedForMs,
  };
}

async function recall(request: ImageSourceRequest): Promise<ImageSourceChoice | undefined> {
  try {
    const memory = memorySchema.parse(JSON.parse(await readFile(request.memoryFile, 'utf8')));
    const ageMs = request.nowMs - memory.askedAtMs;
    if (ageMs < 0 || ageMs > rememberedForMs || memory.hosts.join() !== request.hosts.join())
      return undefined;
    const age =
      ageMs < 3_600_000 ? `${Math.round(ageMs / 60_000)} min` : `${Math.round(ageMs / 3_600_000)} h`;
    return {
      source: memory.source,
      reason: `remembered from ${age} ago`,
      untilMs: memory.askedAtMs + rememberedForMs,
    };
  } catch {
    return undefined;
  }
}

// A registry says 200 or 401 at this path, and its name in a header; a proxy's error page does neither.
// https://distribution.github.io/distribution/spec/api/#api-version-check
async function answersAsRegistry(
  fetch: ImageSourceRequest['fetch'],
  host: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const response = await fetch(`https://${host}/v2/`, { method: 'HEAD', redirect: 'follow', signal });
    const names = response.headers.get('docker-distribution-api-version') ?? '';
    return response.status === 401 || (response.status === 200 && names.includes('registry/2'));
  } catch {
    return false;
  }
}
