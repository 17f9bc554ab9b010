// Pure: which images a node has, as its containerd tells it.

/** What a node knows of one image. */
export interface NodeImage {
  /**
   * All digests that this image goes by: of its target, of the manifests below an index, and of their configs.
   * The engine's id is one of them: the config's on the classic store, the target's on the containerd store.
   */
  readonly digests: ReadonlySet<string>;
  /** Whether its layers are unpacked, so that a container can start. Their archives may be gone by then. */
  readonly unpacked: boolean;
  /** Whether the part of containerd that kubelet asks (CRI) has taken notice of it. */
  readonly managed: boolean;
}

export interface NodeImages {
  /** By the name that containerd gives the image; see containerdName(). */
  readonly images: ReadonlyMap<string, NodeImage>;
  /** The snapshotter that pods on this node use. */
  readonly snapshotter: string;
}

/**
 * A shell script that prints what parseNodeImages() reads; its arguments are containerd filters. One call for
 * any number of images, with tools that Debian and kind's own node image both have. (crictl would show the
 * config's digest alone, which is not the id on an engine with the containerd store.)
 */
export const NODE_IMAGES_SCRIPT = `set -e
ctr='ctr -n k8s.io'
config=$(containerd config dump 2>/dev/null | grep -E '^ *([[]|snapshotter *=)' || true)
snapshotter=$(printf '%s\\n' "$config" | awk '/^ *[[]/ { cri = /cri/ } cri && /snapshotter *=/ { gsub(/["\\047]/, "", $3); if ($3 != "") { print $3; exit } }')
: "\${snapshotter:=overlayfs}"
echo "snapshotter $snapshotter"
images=$($ctr images ls "$@")
printf '%s\\n' "$images" | sed 's/^/image /'
$ctr images check --snapshotter "$snapshotter" "$@" | sed 's/^/check /'
blob() { printf 'blob %s ' "$1"; $ctr content get "$1" 2>/dev/null | tr -d '\\n'; echo; }
digests() { printf '%s\\n' "$1" | grep -o 'sha256:[0-9a-f]\\{64\\}' | sort -u || true; }
for digest in $(printf '%s\\n' "$images" | awk 'NR > 1 { print $3 }' | sort -u); do
  found=$(blob "$digest")
  printf '%s\\n' "$found"
  case $found in
    *'"manifests"'*) for inner in $(digests "$found"); do [ "$inner" = "$digest" ] || blob "$inner"; done ;;
  esac
done`;

/** The argument of the script that asks for one image. */
export function nodeImageFilter(reference: string): string {
  return `name=="${containerdName(reference)}"`;
}

/** 'nginx' → 'docker.io/library/nginx:latest': containerd keeps the full name. */
export function containerdName(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const named = hasHost
    ? reference
    : rest.length > 0
      ? `docker.io/${reference}`
      : `docker.io/library/${reference}`;
  return /[:@]/.test(named.slice(named.lastIndexOf('/'))) ? named : `${named}:latest`;
}

/** Reads the output of NODE_IMAGES_SCRIPT. */
export function parseNodeImages(output: string): NodeImages {
  const targets = new Map<string, { digest: string; managed: boolean }>();
  const unpacked = new Map<string, boolean>();
  const blobs = new Map<string, string>();
  let snapshotter = 'overlayfs';
  for (const line of output.split('\n')) {
    const [kind, name = '', ...rest] = line.trim().split(/\s+/);
    if (kind === 'snapshotter') snapshotter = name;
    else if (kind === 'image' && rest[1]?.startsWith('sha256:'))
      targets.set(name, { digest: rest[1], managed: line.includes('io.cri-containerd.image=managed') });
    else if (kind === 'check') unpacked.set(name, rest.at(-1) === 'true');
    else if (kind === 'blob') blobs.set(name, rest.join(' '));
  }
  const images = new Map<string, NodeImage>();
  for (const [name, { digest, managed }] of targets)
    images.set(name, {
      digests: digestsBelow(digest, blobs),
      unpacked: unpacked.get(name) ?? false,
      managed,
    });
  return { images, snapshotter };
}

function digestsBelow(digest: string, blobs: ReadonlyMap<string, string>): Set<string> {
  const found = new Set([digest]);
  const manifest = readManifest(blobs.get(digest));
  if (manifest?.config?.digest) found.add(manifest.config.digest);
  for (const inner of manifest?.manifests ?? []) {
    // An index names platforms that the node does not have: only what is there counts.
    const config = readManifest(blobs.get(inner.digest))?.config?.digest;
    if (config) found.add(inner.digest).add(config);
  }
  return found;
}

interface Manifest {
  readonly config?: { readonly digest?: string };
  readonly manifests?: readonly { readonly digest: string }[];
}

function readManifest(text: string | undefined): Manifest | undefined {
  try {
    return text ? (JSON.parse(text) as Manifest) : undefined;
  } catch {
    return undefined; // cut off on the way: then nothing below it counts as present
  }
}
