// An image loader that is put together when it is first used: a command that loads nothing asks no engine.

import type { ImageLoader } from '../image/image-loader.ts';

/** `make` is called once; when it failed, again at the next use. */
export function lateImageLoader(make: () => Promise<ImageLoader>): ImageLoader {
  let made: Promise<ImageLoader> | undefined;
  const loader = (): Promise<ImageLoader> => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
  return {
    present: async (request, signal) => (await loader()).present(request, signal),
    load: async (request, task) => (await loader()).load(request, task),
  };
}
