// Reads everything that an image is made of, and holds it against what its tag stands for.

import { readFile } from 'node:fs/promises';
import { digestContext, digestOfContext, type DigestMemory } from '../images/context/context-fingerprint.ts';
import type { ContextEntry } from '../images/context/context-listing.ts';
import { contextSources } from '../images/context/dockerfile-sources.ts';
import { combineFingerprint } from '../images/image-fingerprint.ts';
import type { BuildRequest } from '../images/image-store.ts';
import type { SourceEntry, SourceSnapshot } from './plan-sync.ts';

/**
 * Resolves with undefined when the sources are no longer what the request expects: they changed meanwhile, and there
 * will be another request.
 */
export async function readSnapshot(
  { dockerfile, contextFolder, buildArgs, target, expected }: BuildRequest,
  memory: DigestMemory,
  signal: AbortSignal,
): Promise<SourceSnapshot | undefined> {
  if (!expected) return undefined;
  try {
    const text = await readFile(dockerfile, 'utf8');
    const sources = contextSources(text, { buildArgs, target });
    const { entries, digests } = await digestContext({ contextFolder, dockerfile, sources, memory }, signal);
    const { fingerprint, platform } = expected;
    const content = { dockerfile, contextFolder, target, platform, ...(buildArgs ? { buildArgs } : {}) };
    if (combineFingerprint(content, text, digestOfContext(entries, digests)) !== fingerprint)
      return undefined;
    return {
      fingerprint,
      frame: combineFingerprint(content, text, ''),
      entries: new Map(entries.map((entry) => [entry.path, sourceEntry(entry, digests)])),
    };
  } catch (error) {
    signal.throwIfAborted();
    // A file that went while it was read is a change, too.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function sourceEntry(entry: ContextEntry, digests: ReadonlyMap<string, string>): SourceEntry {
  const { path, kind, mode, target, stat } = entry;
  return { kind, mode, digest: digests.get(path) ?? target ?? '', sizeBytes: stat.sizeBytes };
}
