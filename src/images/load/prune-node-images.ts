// Takes images from the nodes of a cluster whose nodes are containers.

import { allOrNone } from '../../process/all-or-none.ts';
import type { CommandRunner } from '../../process/command-runner.ts';

export interface NodePruneRequest {
  readonly commands: CommandRunner;
  /** Name or path of the docker CLI. */
  readonly docker: string;
  readonly nodes: readonly string[];
  readonly references: readonly string[];
}

const TIMEOUT_MS = 60_000;

/**
 * kubelet's part of containerd keeps a second record of each image, under the digest of its config: as long as that
 * is there, nothing is freed. It goes with the last name.
 */
const SCRIPT = `set -e
list() { ctr --namespace k8s.io images ls | awk 'NR > 1 { print $1, $3 }'; }
for reference in "$@"; do
  all=$(list)
  digest=$(printf '%s\\n' "$all" | awk -v name="$reference" '$1 == name { print $2; exit }')
  [ -n "$digest" ] || continue
  same=$(printf '%s\\n' "$all" | awk -v name="$reference" -v digest="$digest" '$1 != name && $2 == digest { print $1 }')
  case $(printf '%s\\n' "$same" | grep -v '^sha256:' || true) in
    '') ctr --namespace k8s.io images rm "$reference" $same ;;
    *) ctr --namespace k8s.io images rm "$reference" ;;
  esac
done`;

/** Layers that other images share stay, and what a container runs on until it ends. What is not there is no problem. */
export async function pruneNodeImages(request: NodePruneRequest, signal: AbortSignal): Promise<void> {
  const { commands, docker, nodes, references } = request;
  await allOrNone(signal, (scope) =>
    nodes.map((node) =>
      commands.run({
        program: docker,
        args: ['exec', node, 'sh', '-c', SCRIPT, 'sh', ...references],
        signal: scope,
        timeoutMs: TIMEOUT_MS,
      }),
    ),
  );
}
