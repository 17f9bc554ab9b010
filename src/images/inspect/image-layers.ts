// Pure: which instruction made which layer of an image.

import type { ImageLayer } from '../image-store.ts';

/** An entry of the engine's GET /images/{name}/history, newest first there. */
export interface HistoryEntry {
  readonly CreatedBy: string;
  readonly Size: number;
}

/** Instructions that only change the configuration: they have an entry in the history and no layer. */
const WITHOUT_LAYER =
  /^(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/;

/**
 * Matches the history with the layers' digests (from the base up) and leaves layers without bytes out.
 * The engine does not say which entries have a layer. One with bytes has; a COPY, RUN or WORKDIR without bytes
 * may have one (an empty folder) or not (nothing changed). Where their number does not decide, those are taken
 * that most likely made something; a wrong guess exchanges digests, never sizes.
 */
export function joinLayers(history: readonly HistoryEntry[], diffIds: readonly string[]): ImageLayer[] {
  const entries = history
    .toReversed()
    .map(({ CreatedBy, Size }) => ({ createdBy: cleanInstruction(CreatedBy), sizeBytes: Size }));
  const layered = new Set(entries.flatMap((entry, index) => (entry.sizeBytes > 0 ? [index] : [])));
  const seenFolders = new Set<string>();
  const candidates = entries
    .map(({ createdBy, sizeBytes }, index) => {
      const repeated = createdBy.startsWith('WORKDIR') && seenFolders.has(createdBy);
      if (createdBy.startsWith('WORKDIR')) seenFolders.add(createdBy);
      return {
        index,
        rank: sizeBytes > 0 || WITHOUT_LAYER.test(createdBy) ? undefined : repeated ? 2 : rankOf(createdBy),
      };
    })
    .filter((candidate): candidate is { index: number; rank: number } => candidate.rank !== undefined)
    .toSorted((a, b) => a.rank - b.rank || a.index - b.index);
  for (const { index } of candidates) if (layered.size < diffIds.length) layered.add(index);

  const layers: ImageLayer[] = [];
  let next = 0;
  for (const index of [...layered].sort((a, b) => a - b)) {
    const { createdBy, sizeBytes } = entries[index] as (typeof entries)[number];
    // More entries with bytes than layers: an image from elsewhere whose history is not its own.
    const diffId = diffIds[next++] ?? `unknown:${index}:${createdBy}`;
    if (sizeBytes > 0) layers.push({ diffId, sizeBytes, createdBy });
  }
  return layers;
}

function rankOf(createdBy: string): number {
  return /^(COPY|ADD|WORKDIR)\b/.test(createdBy) ? 0 : 1;
}

/** '/bin/sh -c #(nop) COPY file:… in /app' and '/bin/sh -c npm ci' as they stand in a Dockerfile. */
export function cleanInstruction(createdBy: string): string {
  const text = createdBy
    .replace(/\s+# buildkit$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // '|2 A=1 B=2 /bin/sh -c …': build arguments that were set for a RUN, values and all.
  const bare = text.replace(/^(RUN )?\|\d+ .*?(?=\/bin\/sh -c )/, '$1').replace(/^RUN (?=\/bin\/sh -c )/, '');
  const nop = /^\/bin\/sh -c #\(nop\) (.*)$/.exec(bare)?.[1];
  if (nop !== undefined)
    return nop
      .trim()
      .replace(/\b(?:file|dir|multi):([0-9a-f]{12})[0-9a-f]*/g, '$1')
      .replace(/^(COPY|ADD) (\S+) in /, '$1 $2 → ');
  const shell = /^\/bin\/sh -c (.*)$/.exec(bare)?.[1];
  return shell === undefined ? bare || 'unknown' : `RUN ${shell}`;
}
