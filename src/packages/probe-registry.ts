// Do container registries answer? Decides between official images and images made from packages. The engine is asked,
// because the engine pulls: it has mirrors, proxies, certificates and logins of its own.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EngineRefusal } from '../engine/ask-engine.ts';

/** Where the images come from. */
export type ImageSource = 'registry' | 'packages';

/** One image of each registry that official images are pulled from; all of them must answer. */
export const officialImages: readonly string[] = [
  'docker.io/kindest/node:v1.34.0',
  'registry.k8s.io/pause:3.10',
];

const keptForMs = 24 * 60 * 60 * 1000;
const deadlineMs = 10_000;
const secondTryAfterMs = 1_000;
const memorySchema = z.object({
  engine: z.string(),
  images: z.array(z.string()),
  answeredAtMs: z.number(),
});

export interface ImageSourceRequest {
  /** `--images` */
  readonly wanted: 'auto' | ImageSource;
  readonly images: readonly string[];
  /** Which engine is asked: another one has other settings. */
  readonly engine: string;
  /** Absolute path of the file, in the cache folder, that keeps for a day that registries answer. A no is never kept. */
  readonly memoryFile: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** GETs a path of the engine's API; rejects with EngineRefusal for an answer that is no 200. */
  readonly ask: (path: string, signal: AbortSignal, deadlineMs: number) => Promise<unknown>;
  /** Before what may have been a hiccup is asked again; 1 s if absent. */
  readonly secondTryAfterMs?: number;
}

export interface ImageSourceChoice {
  readonly source: ImageSource;
  /** 'asked for', 'registries answer', 'the engine gets no answer from registry.k8s.io: … no such host'. */
  readonly reason: string;
  /** Nobody has asked for it, and it may not be what the user expects. */
  readonly isFallback: boolean;
}

/** What was asked for; for 'auto' what the engine says of the registries, or has said within a day. */
export async function chooseImageSource(
  request: ImageSourceRequest,
  signal: AbortSignal,
): Promise<ImageSourceChoice> {
  if (request.wanted !== 'auto') return { source: request.wanted, reason: 'asked for', isFallback: false };
  const keptSince = await recall(request);
  if (keptSince !== undefined)
    return { source: 'registry', reason: `registries answered ${ageText(keptSince)} ago`, isFallback: false };
  const silences = await Promise.all(request.images.map((image) => silenceOf(image, request, signal)));
  const silent = silences.filter((silence) => silence !== undefined);
  if (silent.length > 0)
    return {
      source: 'packages',
      reason: `the engine gets no answer from ${silent.join('; ')}`,
      isFallback: true,
    };
  await remember(request);
  return { source: 'registry', reason: 'registries answer', isFallback: false };
}

/** Why the registry of an image counts as silent; undefined when it answers. */
async function silenceOf(
  image: string,
  { ask, secondTryAfterMs: pauseMs = secondTryAfterMs }: ImageSourceRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/distribution/${image}/json`;
  for (let isSecond = false; ; isSecond = true) {
    try {
      await ask(path, signal, deadlineMs);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (isRegistryAnswer(error)) return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      if (isSecond || isPlainNo(reason)) return `${image.split('/')[0]} (${reason})`;
      await sleep(pauseMs, undefined, { signal });
    }
  }
}

/** A registry that wants a login, has no such image or counts pulls is there: the pull itself says what is wrong. */
function isRegistryAnswer(error: unknown): boolean {
  if (!(error instanceof EngineRefusal)) return false;
  // An engine older than this question says the same of the question itself.
  if (error.statusCode === 404) return !error.message.includes('page not found');
  return [401, 403, 429].includes(error.statusCode) || /toomanyrequests/i.test(error.message);
}

/** No hiccup: nobody is there, and nobody will be a second later. */
function isPlainNo(reason: string): boolean {
  return /no such host|connection refused|network is unreachable|no route to host|page not found|ENOENT|ECONNREFUSED|EACCES/.test(
    reason,
  );
}

async function recall(request: ImageSourceRequest): Promise<number | undefined> {
  try {
    const memory = memorySchema.parse(JSON.parse(await readFile(request.memoryFile, 'utf8')));
    const ageMs = request.nowMs - memory.answeredAtMs;
    const isOfThese = memory.engine === request.engine && memory.images.join() === request.images.join();
    return isOfThese && ageMs >= 0 && ageMs <= keptForMs ? ageMs : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be kept is asked again. */
async function remember({ memoryFile, engine, images, nowMs }: ImageSourceRequest): Promise<void> {
  try {
    await mkdir(dirname(memoryFile), { recursive: true });
    await writeFile(`${memoryFile}.new`, JSON.stringify({ engine, images, answeredAtMs: nowMs }));
    await rename(`${memoryFile}.new`, memoryFile);
  } catch {
    // A full or read-only cache is told where something has to be made.
  }
}

function ageText(ageMs: number): string {
  return ageMs < 3_600_000 ? `${Math.round(ageMs / 60_000)} min` : `${Math.round(ageMs / 3_600_000)} h`;
}
