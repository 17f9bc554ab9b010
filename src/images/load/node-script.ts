// What runs in a node to tell what it has and to take images in, and how its output is read.

import type { NodeFacts } from './node-images.ts';

/**
 * A shell script for a node; its arguments are the names of images. It says what the node has, waits for a line on
 * standard input, and ends there when none comes. After the line `import` it takes the rest of its input for an
 * archive, imports it, and says again what the node has. All of it is one `docker exec`, of which each costs as
 * much as five of these questions. What runs side by side writes line by line (sed -u), or lines would be torn
 * apart. Needs sh, awk, sed, grep and ctr, as Debian's and kind's own node image have.
 */
export const NODE_SCRIPT = `set -e
ctr='ctr -n k8s.io'
settings=$(cat /etc/containerd/config.toml 2>/dev/null || true)
find_snapshotter() { awk '/^ *[[]/ { cri = /cri/ } cri && /^ *snapshotter *=/ { gsub(/["\\047]/, "", $3); if ($3 != "") { print $3; exit } }'; }
snapshotter=$(printf '%s\\n' "$settings" | find_snapshotter)
[ -n "$snapshotter" ] || snapshotter=$(containerd config dump 2>/dev/null | find_snapshotter || true)
: "\${snapshotter:=overlayfs}"
filters() { for name in "$@"; do echo "name==\\"$name\\""; done; }
digests() { grep -o 'sha256:[0-9a-f]\\{64\\}' | sort -u || true; }
document() { printf 'document %s ' "$1"; $ctr content get "$1" 2>/dev/null | tr -d '\\n'; echo; }
inner() {
  case $1 in
    *'"manifests"'*) printf '%s' "$1" | digests ;;
    *'"layers"'*) printf '%s' "$1" | sed -n 's/.*"config" *: *{\\([^}]*\\)}.*/\\1/p' | digests ;;
  esac
}
below() {
  for digest in $(printf '%s\\n' "$1"); do
    found=$(document "$digest")
    printf '%s\\n' "$found"
    below "$(inner "\${found#document * }")"
  done
}
look() {
  echo "snapshotter $snapshotter"
  $ctr snapshots --snapshotter "$snapshotter" ls | sed -un 's/^\\([^ ]*\\) .*Committed *$/chain \\1/p' &
  $ctr content ls -q | sed -u 's/^/blob /' &
  images=$($ctr images ls $(filters "$@"))
  wait
  printf '%s\\n' "$images" | sed 's/^/image /'
  below "$(printf '%s\\n' "$images" | awk 'NR > 1 { print $3 }' | sort -u)"
  echo end
}
look "$@"
read -r word || exit 0
[ "$word" = import ] || exit 0
$ctr images import --snapshotter "$snapshotter" - >&2
look "$@"`;

/** The snapshotter that a node's containerd is set to for pods; undefined where its settings do not say. */
export function findSnapshotter(settings: string): string | undefined {
  let isCri = false;
  for (const line of settings.split('\n')) {
    if (/^\s*\[/.test(line)) isCri = line.includes('cri');
    const found = isCri ? /^\s*snapshotter\s*=\s*["'](.+)["']/.exec(line) : null;
    if (found) return found[1];
  }
  return undefined;
}

/** Reads what NODE_SCRIPT says of the node once. */
export function parseNodeFacts(lines: readonly string[]): NodeFacts {
  const targets = new Map<string, { digest: string; managed: boolean }>();
  const documents = new Map<string, string>();
  const chains = new Set<string>();
  const blobs = new Set<string>();
  let snapshotter = 'overlayfs';
  for (const line of lines) {
    const [kind, name = '', ...rest] = line.trim().split(/\s+/);
    if (kind === 'snapshotter') snapshotter = name;
    else if (kind === 'image' && rest[1]?.startsWith('sha256:'))
      targets.set(name, { digest: rest[1], managed: line.includes('io.cri-containerd.image=managed') });
    else if (kind === 'chain') chains.add(name);
    else if (kind === 'blob') blobs.add(name);
    else if (kind === 'document' && rest.length > 0) documents.set(name, rest.join(' '));
  }
  return { targets, documents, layers: { chains, blobs }, snapshotter };
}
