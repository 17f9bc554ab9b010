// Takes away the objects that a release cannot change, so that helm makes them anew, where nothing is lost by it.

import { Failure } from '../failure.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { waitForGone } from '../kubernetes/wait-for-gone.ts';
import { chartAsksCluster } from './chart/chart-asks-cluster.ts';
import { isOfRelease } from './owned-objects.ts';
import {
  type LiveFields,
  obstacleToReplacing,
  readRefusedChanges,
  type RefusedChange,
} from './refused-changes.ts';
import type { ReleaseSpec } from './release-store.ts';

export interface RefusedRequest {
  readonly api: ClusterApi;
  readonly spec: ReleaseSpec;
  /** What helm tried to install. */
  readonly manifest: readonly ClusterObject[];
  /** Of helm. */
  readonly failure: Failure;
  /** What was replaced before, in the same installation; added to. */
  readonly replaced: Set<string>;
  /** 'upgrade release backend' */
  readonly doing: string;
  readonly onRepair: ((reason: string) => void) | undefined;
}

/** Longer than the grace period of any pod of ours. */
const GONE_WITHIN_MS = 120_000;

/** Resolves when helm may try again; rejects with helm's own failure where it was about something else. */
export async function replaceRefused(request: RefusedRequest, signal: AbortSignal): Promise<void> {
  const { api, spec, manifest, failure, replaced, onRepair } = request;
  const refused = readRefusedChanges([failure.message, ...failure.details].join('\n'));
  if (refused.length === 0) throw shorten(failure);
  const asksCluster = await chartAsksCluster(spec.chart, spec.values);
  const found = await Promise.all(
    refused.map(async (change) => {
      const declared = manifest.find(
        ({ kind, metadata }) => kind === change.kind && metadata.name === change.name,
      );
      const reference = declared && {
        ...{ apiVersion: declared.apiVersion, kind: declared.kind },
        ...{ name: declared.metadata.name, namespace: declared.metadata.namespace },
      };
      const live = reference && (await api.get(reference, signal));
      return { change, reference, live };
    }),
  );
  // All of them first: half a replacement helps nobody.
  for (const { change, live } of found) {
    const isAgain = replaced.has(`${change.kind}/${change.name}`);
    const obstacle =
      live === undefined || isAgain || !isOfRelease(live, spec)
        ? 'it was not put there by this release'
        : obstacleToReplacing(change.kind, live as LiveFields, { asksCluster });
    if (obstacle !== undefined) throw explain(request, change, obstacle);
  }
  for (const { change, reference } of found) {
    replaced.add(`${change.kind}/${change.name}`);
    onRepair?.(
      `replaced: ${labelOf(change)}, because its ${change.field} cannot be changed (${change.reason})`,
    );
    await api.delete(reference!, signal);
  }
  const references = found.map(({ reference }) => reference!);
  await waitForGone({ api, references, deadlineMs: GONE_WITHIN_MS }, { signal, report: () => undefined });
}

function explain({ doing, spec, failure }: RefusedRequest, change: RefusedChange, obstacle: string): Failure {
  const { kind, name, field, reason } = change;
  const command = `kubectl -n ${spec.namespace} delete ${kind.toLowerCase()} ${name}`;
  return new Failure(
    'release',
    `cannot ${doing}: ${labelOf(change)} cannot be changed in ${field} (${reason}), and is not replaced: ${obstacle}`,
    { cause: failure, hint: `Where it may go, remove it and run \`slipway up\` again: ${command}` },
  );
}

/** API servers quote whole objects; what is wrong stands at the end. */
function shorten({ code, message, details, hint, cause }: Failure): Failure {
  const short = (text: string): string =>
    text.length > 400 ? `${text.slice(0, 250)} … ${text.slice(-120)}` : text;
  return new Failure(code, short(message), { hint, cause, details: details.map(short) });
}

function labelOf({ kind, name }: RefusedChange): string {
  return `${kind.toLowerCase()} ${name}`;
}

/** 'configmap todo/backend' */
export function describeObject({ kind, metadata }: ClusterObject): string {
  const { name, namespace } = metadata;
  return `${kind.toLowerCase()} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
