// Pure: places where programs of this machine look up whom to trust, and the commands that put a certificate there.

/** A program with its arguments, for people to read and for us to run. */
export type Argv = readonly [program: string, ...args: string[]];

export interface TrustStore {
  /** For people: 'system (Debian, Ubuntu)'. */
  readonly name: string;
  /** Who asks it, in a word or two: 'curl, git, Python'. */
  readonly readers: string;
  readonly needsRoot: boolean;
  /** Program that has to be there for it. */
  readonly program: string;
  readonly install: readonly Argv[];
  readonly remove: readonly Argv[];
  /** How to see that it is in: a file that holds the certificate, or a command that prints it, as PEM. */
  readonly evidence: { readonly file: string } | { readonly command: Argv };
}

export interface StoreRequest {
  /** Absolute path of the certificate. */
  readonly certificateFile: string;
  /** What it is called in stores: letters, digits and hyphens, another one for each certificate. */
  readonly anchor: string;
  /** SHA-1 of the certificate, as hex: by which macOS knows it. */
  readonly sha1: string;
}

export interface SystemSurroundings {
  /** Node's name of the operating system: 'linux', 'darwin'. */
  readonly system: string;
  /** Content of /etc/os-release; empty where there is none. */
  readonly osRelease: string;
  readonly homeFolder: string;
}

interface AnchorFolder {
  readonly family: string;
  readonly name: string;
  readonly folder: string;
  readonly suffix: string;
  readonly refresh: Argv;
  /** Where it differs from `refresh`. */
  readonly refreshAfterRemoval?: Argv;
}

const ANCHOR_FOLDERS: readonly AnchorFolder[] = [
  {
    ...{ family: 'debian|ubuntu', name: 'Debian, Ubuntu', folder: '/usr/local/share/ca-certificates' },
    ...{ suffix: 'crt', refresh: ['update-ca-certificates'] },
    // Without it, the links to what was removed stay behind.
    refreshAfterRemoval: ['update-ca-certificates', '--fresh'],
  },
  {
    ...{ family: 'fedora|rhel|centos', name: 'Fedora, RHEL', folder: '/etc/pki/ca-trust/source/anchors' },
    ...{ suffix: 'pem', refresh: ['update-ca-trust', 'extract'] },
  },
  {
    ...{ family: 'arch', name: 'Arch', folder: '/etc/ca-certificates/trust-source/anchors' },
    ...{ suffix: 'crt', refresh: ['update-ca-trust'] },
  },
  {
    ...{ family: 'suse|opensuse', name: 'SUSE', folder: '/usr/share/pki/trust/anchors' },
    ...{ suffix: 'pem', refresh: ['update-ca-certificates'] },
  },
];

/** The store of the operating system; undefined for one that we do not know. */
export function systemTrustStore(
  request: StoreRequest,
  { system, osRelease, homeFolder }: SystemSurroundings,
): TrustStore | undefined {
  if (system === 'darwin') return loginKeychain(request, homeFolder);
  const known = ANCHOR_FOLDERS.find(({ family }) =>
    new RegExp(`^ID(_LIKE)?=.*\\b(${family})\\b`, 'm').test(osRelease),
  );
  if (system !== 'linux' || known === undefined) return undefined;
  const { certificateFile, anchor } = request;
  const file = `${known.folder}/${anchor}.${known.suffix}`;
  return {
    name: `system (${known.name})`,
    readers: 'curl, wget, git, Go, Python of the distribution',
    needsRoot: true,
    program: known.refresh[0],
    // Readable for all, whatever the umask: it is no secret.
    install: [['install', '-D', '-m', '0644', certificateFile, file], known.refresh],
    remove: [['rm', '-f', file], known.refreshAfterRemoval ?? known.refresh],
    evidence: { file },
  };
}

/** A database of NSS: Firefox has one in each profile, Chromium and Chrome on Linux share one. */
export function nssTrustStore({ certificateFile, anchor }: StoreRequest, folder: string): TrustStore {
  const database = ['-d', `sql:${folder}`, '-n', anchor] as const;
  return {
    name: `NSS database ${folder}`,
    readers: folder.includes('/.pki/') ? 'Chromium, Chrome' : 'Firefox',
    needsRoot: false,
    program: 'certutil',
    // C: vouches for servers, and for nothing else.
    install: [['certutil', '-A', ...database, '-t', 'C,,', '-i', certificateFile]],
    remove: [['certutil', '-D', ...database]],
    evidence: { command: ['certutil', '-L', ...database, '-a'] },
  };
}

// Of the user, not of the system: macOS then asks for the password in a window of its own, and nothing needs root.
function loginKeychain({ certificateFile, sha1 }: StoreRequest, homeFolder: string): TrustStore {
  const keychain = `${homeFolder}/Library/Keychains/login.keychain-db`;
  return {
    name: 'login keychain (macOS)',
    readers: 'Safari, Chrome, curl of the system',
    needsRoot: false,
    program: 'security',
    install: [['security', 'add-trusted-cert', '-r', 'trustRoot', '-k', keychain, certificateFile]],
    remove: [['security', 'delete-certificate', '-Z', sha1, '-t', keychain]],
    evidence: { command: ['security', 'find-certificate', '-a', '-p', keychain] },
  };
}
