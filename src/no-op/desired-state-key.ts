// One digest over everything that decides what `up` wants: while it is the same, what was worked out last time holds.

import { createHash } from 'node:crypto';
import { readIgnoreText, listContext, type ContextPlace } from '../images/context/context-listing.ts';
import { stampFiles } from './stamp-files.ts';

/** Which files were read to work out what is wanted. */
export interface DesiredStateSources {
  /** Build contexts: what their ignore files leave out does not count. */
  readonly contexts: readonly ContextPlace[];
  /** Absolute paths of files and whole folders. */
  readonly paths: readonly string[];
}

export interface DesiredStateInputs extends DesiredStateSources {
  /** The config as its module exports it, before it is checked. */
  readonly config: unknown;
  /** Options and variables that count, as JSON values. */
  readonly settings: unknown;
}

export interface DesiredStateKey {
  /** 64 hex digits. */
  readonly digest: string;
  /** When the last of the files was changed, in milliseconds since 1970. */
  readonly changedMs: number;
}

/** Reads no file but the ignore files of contexts: size, times and inode stand for the content. */
export async function desiredStateKey(
  inputs: DesiredStateInputs,
  signal: AbortSignal,
): Promise<DesiredStateKey> {
  const hash = createHash('sha256').update(JSON.stringify([inputs.config, inputs.settings]));
  const { lines, changedMs } = stampFiles(inputs.paths);
  hash.update(lines.join('\n'));
  let lastMs = changedMs;
  for (const place of await mergeContexts(inputs.contexts)) {
    hash.update(JSON.stringify([place.contextFolder, place.ignoreText]));
    for (const { path, kind, target, mode, stat } of (await listContext(place, signal)).entries) {
      // A folder's times change with files that are left out.
      const times =
        kind === 'folder' ? [] : [stat.sizeBytes, `${stat.mtimeNs}`, `${stat.ctimeNs}`, `${stat.inode}`];
      hash.update(JSON.stringify([path, kind, target, mode, ...times]));
      if (kind !== 'folder') lastMs = Math.max(lastMs, Number(stat.ctimeNs / 1_000_000n));
    }
  }
  return { digest: hash.digest('hex'), changedMs: lastMs };
}

/** Several images of one context with the same ignore file are one listing, of what any of them reads. */
async function mergeContexts(
  contexts: readonly ContextPlace[],
): Promise<(ContextPlace & { readonly ignoreText: string })[]> {
  const merged = new Map<string, ContextPlace & { readonly ignoreText: string }>();
  for (const place of contexts) {
    const ignoreText = await readIgnoreText(place);
    const id = JSON.stringify([place.contextFolder, ignoreText]);
    const same = merged.get(id);
    const sources =
      same === undefined
        ? place.sources
        : same.sources && place.sources && [...new Set([...same.sources, ...place.sources])].sort();
    merged.set(id, { ...(same ?? place), sources, ignoreText });
  }
  return [...merged.values()];
}
