// Pure: fields that the API server does not let anybody change, in what helm says when it fails.

export interface RefusedChange {
  readonly kind: string;
  readonly name: string;
  /** 'spec.template' */
  readonly field: string;
  /** 'field is immutable' */
  readonly reason: string;
}

const FINAL =
  /immutable|forbidden: updates to|updates to .+ (?:are|is) forbidden|(?:may not|cannot|can not) (?:be )?(?:chang|less)/i;

/** Every object whose change was refused for good, each once; none for what failed otherwise. */
export function readRefusedChanges(reason: string): RefusedChange[] {
  const found = new Map<string, RefusedChange>();
  const starts = [...reason.matchAll(/\b([A-Z]\w*)(?:\.[a-z][\w.-]*)? "([^"\s]+)" is invalid: /g)];
  for (const [position, start] of starts.entries()) {
    const [all, kind = '', name = ''] = start;
    const said = reason.slice(start.index + all.length, starts[position + 1]?.index);
    if (!FINAL.test(said)) continue;
    const [, field = 'spec'] = /^\[?([\w.[\]-]+): /.exec(said) ?? [];
    found.set(`${kind}/${name}`, { kind, name, field, reason: readReason(said) });
  }
  return [...found.values()];
}

/** Without the values, which are thousands of characters long and may be secret. */
function readReason(said: string): string {
  const [line = ''] = said.split('\n');
  const [text = ''] =
    /field is immutable[^,\]&]*|cannot change roleRef|Forbidden: [^,\]&]{1,100}|may not [^,\]&]{1,60}/.exec(
      line,
    ) ?? ['it cannot be changed'];
  return text.replace(/^Forbidden: /, '').trim();
}

/** The kinds of which nothing is lost when one is removed and made anew. */
const REPLACEABLE = new Set([
  'CSIDriver',
  'ClusterRoleBinding',
  'ConfigMap',
  'DaemonSet',
  'Deployment',
  'IngressClass',
  'Job',
  'Pod',
  'PodDisruptionBudget',
  'PriorityClass',
  'ReplicaSet',
  'RoleBinding',
  'RuntimeClass',
  'Secret',
  'Service',
  'StatefulSet',
  'StorageClass',
]);

export interface LiveFields {
  readonly spec?: { readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: string } };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Why an object must not be replaced without its owner's word; undefined: it may be. */
export function obstacleToReplacing(
  kind: string,
  live: LiveFields,
  { asksCluster }: { readonly asksCluster: boolean },
): string | undefined {
  if (!REPLACEABLE.has(kind)) return 'what it holds would be lost';
  const { spec, status } = live;
  if (kind === 'Job') {
    const isOver = status?.conditions?.some(
      (condition) => ['Complete', 'Failed'].includes(condition.type) && condition.status === 'True',
    );
    return isOver ? undefined : 'it still runs';
  }
  if (kind === 'StatefulSet' && spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete')
    return 'the volumes of its pods would go with it';
  // A chart that looks it up would make up other values.
  if (kind === 'Secret' && asksCluster) return 'its chart may have made up what it holds';
  return undefined;
}
