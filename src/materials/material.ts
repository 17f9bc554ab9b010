// Pure: what was downloaded or built, as data: entries of the artifact cache and what is known to be in them.

export interface Component {
  readonly kind: 'Go program' | 'Go module' | 'npm package' | 'Debian package';
  readonly name: string;
  /** As its own world writes it: 'v1.2.3' of Go modules, '1:2.3-4' of Debian packages. '' where nothing tells it. */
  readonly version: string;
  /** Absent where no registry has it: sources of ours, which Go calls '(devel)'. */
  readonly purl?: string | undefined;
  /** Of the archive that the package came in, as npm pins it: 'sha512-…' in base64. */
  readonly integrity?: string | undefined;
  /** Go's sum of the module: 'h1:…'. */
  readonly h1?: string | undefined;
  /** What go.mod asked for, where a `replace` put this in its place: 'k8s.io/api@v0.0.0'. */
  readonly replaces?: string | undefined;
  /** What it is for, where that is not to run. */
  readonly scope?: 'development' | 'optional' | undefined;
}

export interface MaterialFile {
  /** Relative to the folder of the entry. */
  readonly path: string;
  readonly sizeBytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

export interface ArtifactMaterial {
  readonly id: string;
  readonly fingerprint: string;
  /** In order of their paths. */
  readonly files: readonly MaterialFile[];
  /** Of its only file; of several, the sum of the lines that sha256sum prints for them, in order of their paths. */
  readonly sha256: string;
  readonly components: readonly Component[];
}

export interface Materials {
  /** Of Slipway itself, by its lockfile. */
  readonly slipwayVersion: string;
  /** In order of id and fingerprint. */
  readonly artifacts: readonly ArtifactMaterial[];
  /** npm packages of Slipway itself. */
  readonly packages: readonly Component[];
  /** What could not be told, and why: one sentence each. */
  readonly notes: readonly string[];
}

/** Files of entries that have more are not named one by one. */
const NAMED_FILES = 8;

/** The files to name, each with its sum; none where one sum over all has to do. */
export function namedFiles({ files }: ArtifactMaterial): readonly MaterialFile[] {
  return files.length <= NAMED_FILES ? files : [];
}

export function sizeOf({ files }: ArtifactMaterial): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Each once, in order of name, version and all the rest. */
export function uniqueComponents(components: readonly Component[]): Component[] {
  const byKey = new Map(
    components.map((component) => {
      const { kind, name, version, purl, integrity, h1, replaces, scope } = component;
      return [JSON.stringify([name, version, kind, purl, integrity, h1, replaces, scope]), component];
    }),
  );
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, component]) => component);
}
