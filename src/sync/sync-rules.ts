// Pure: which rule covers a file, and where in a container it then belongs.

import type { SyncRule, SyncRules } from '../config/sync-schema.ts';
import { DockerIgnore } from '../images/context/docker-ignore.ts';

/** Where charts mount the volume of synced files. */
export const SYNC_VOLUME = '/slipway';

/**
 * The folders of the image that are volumes where files are synced, in the order of their numbers in the volume:
 * the first is tree/0. A folder inside another one comes with that.
 */
export function syncFolders(rules: readonly SyncRule[]): string[] {
  const all = [...new Set(rules.flatMap(({ to }) => to ?? []))];
  return all.filter((folder) => !all.some((other) => folder.startsWith(`${other}/`)));
}

/** What a chart gets as `sync`. */
export function syncValues({ rules, command }: SyncRules): Readonly<Record<string, unknown>> {
  return { folders: syncFolders(rules), command, volume: SYNC_VOLUME };
}

export type Cover =
  | {
      readonly kind: 'sync';
      /** In the volume, below tree/: '0/src/main.ts'. */
      readonly place: string;
      readonly after: string;
    }
  | { readonly kind: 'rebuild'; readonly reason: string };

/** Answers for each path of the project, with '/' between segments. */
export class SyncCoverage {
  readonly #folders: readonly string[];
  readonly #rules: readonly { readonly rule: SyncRule; readonly exclude: DockerIgnore }[];

  constructor(rules: readonly SyncRule[]) {
    this.#folders = syncFolders(rules);
    this.#rules = rules.map((rule) => ({ rule, exclude: new DockerIgnore(rule.exclude.join('\n')) }));
  }

  of(path: string): Cover {
    for (const { rule, exclude } of this.#rules) {
      const { from, to, after } = rule;
      const isWhole = path === from;
      if (!isWhole && !path.startsWith(`${from}/`)) continue;
      const rest = path.slice(from.length + 1);
      if (!isWhole && exclude.ignores(rest)) continue;
      if (to === undefined) return { kind: 'rebuild', reason: `the rule for ${from} asks for it` };
      // The folder itself stands for no file; a file in its place is something else than the rule knows.
      if (isWhole) return { kind: 'rebuild', reason: `${from} itself has changed` };
      const target = `${to}/${rest}`;
      const number = this.#folders.findIndex((folder) => target.startsWith(`${folder}/`));
      return { kind: 'sync', place: `${number}/${target.slice(this.#folders[number]!.length + 1)}`, after };
    }
    return { kind: 'rebuild', reason: `no rule covers ${path}` };
  }
}
