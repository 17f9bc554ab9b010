// The npm packages that artifacts are made from, with their pinned integrity and the entries that they become.

import { nodeRuntime, npmCli } from '../packages/base-images.ts';
import { shippedHelm } from '../tools/choose-tools.ts';
import { npmFingerprint } from '../packages/npm-package.ts';
import type { Component } from './material.ts';
import { npmUrl } from './package-url.ts';

export interface PinnedPackage {
  /** Id and fingerprint of the entry of the cache. */
  readonly id: string;
  readonly fingerprint: string;
  readonly component: Component;
}

/** Of this version of Slipway: an entry that an older one has made may have other pins. */
export async function pinnedPackages(): Promise<PinnedPackage[]> {
  // A lockfile that pins no Node is told of where the lockfile itself is read.
  const runtimes = await Promise.allSettled([nodeRuntime('x64'), nodeRuntime('arm64')]);
  const recipes = runtimes.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return [shippedHelm, npmCli, ...recipes].map((recipe) => {
    const { id, name, version, integrity } = recipe;
    const component: Component = {
      kind: 'npm package',
      name,
      version,
      purl: npmUrl(name, version),
      integrity,
    };
    return { id, fingerprint: npmFingerprint(recipe), component };
  });
}
