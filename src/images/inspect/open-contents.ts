// Images taken apart for one load: each once, by the first source that can.

import type { ImageContent, LayerSource } from './layer-source.ts';
import type { WantedImage } from '../load/load-problem.ts';

export interface OpenContents extends AsyncDisposable {
  /** Undefined where no source can take this image apart. */
  get(reference: string): Promise<ImageContent | undefined>;
  /** Why sources failed; a source that just cannot is no failure. */
  readonly errors: readonly { readonly reference: string; readonly error: unknown }[];
}

/** Starts at once: nodes are asked meanwhile. */
export function openContents(
  wanted: readonly WantedImage[],
  sources: readonly LayerSource[],
  signal: AbortSignal,
): OpenContents {
  const kept = new AsyncDisposableStack();
  const errors: { reference: string; error: unknown }[] = [];
  const open = async ({ reference, image }: WantedImage): Promise<ImageContent | undefined> => {
    for (const source of sources) {
      try {
        const content = await source.open({ reference, id: image.id }, signal);
        if (content) return kept.use(content);
      } catch (error) {
        signal.throwIfAborted();
        errors.push({ reference, error });
      }
    }
    return undefined;
  };
  const opening = new Map(wanted.map((entry) => [entry.reference, open(entry)]));
  // Not every one is asked for, and a stop is told by whoever waits.
  const settled = Promise.allSettled(opening.values());
  return {
    get: (reference) => opening.get(reference) ?? Promise.resolve(undefined),
    errors,
    async [Symbol.asyncDispose]() {
      await settled;
      await kept.disposeAsync();
    },
  };
}
