// What is there after a run on fakes: the machine, the cluster, and the state folder.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal } from '../../src/run/journal.ts';
import type { FakeMachine } from '../fakes/machine.ts';

export interface MachineLook {
  readonly images: readonly string[];
  readonly loaded: readonly string[];
  readonly objects: readonly string[];
  readonly releases: readonly string[];
  readonly journal: readonly string[];
  readonly files: readonly string[];
}

/** Everything that is there, without what differs from run to run: random values, revisions, marks. */
export async function lookAtMachine(machine: FakeMachine, stateFolder: string): Promise<MachineLook> {
  const { signal } = new AbortController();
  const { images, loader, cluster } = machine;
  const nodes = [`${cluster?.name}-control-plane`];
  const present = await loader.present({ references: images.references, nodes }, signal);
  const releases = cluster ? await machine.releases.list(signal) : [];
  const journal = await Journal.read(join(stateFolder, 'journal.jsonl'));
  // What is only a memory is looked into again where it is missing.
  const files = (await readdir(stateFolder).catch(() => [])).filter((name) => name !== 'stamps');
  return {
    images: images.references,
    loaded: present.map(({ reference }) => reference).sort(),
    objects: (cluster?.api.objects ?? [])
      .map(({ kind, metadata, ...rest }) => {
        const keys = Object.keys((rest['data'] ?? {}) as object).sort();
        return `${kind} ${metadata.namespace ?? ''}/${metadata.name} ${keys.join()}`;
      })
      .sort(),
    releases: releases
      .map(({ name, status, labels }) => `${name} ${status} ${JSON.stringify(labels)}`)
      .sort(),
    journal: journal
      .outstanding()
      .map(({ mark, resource }) => `${mark} ${JSON.stringify(resource)}`)
      .sort(),
    files: files.sort(),
  };
}
