// Pure: reads a kubeconfig that holds its credentials itself, as those of kind do. Anything cleverer is left
// to client-node, whose import alone costs more than everything else in a run that has nothing to do.

export interface PlainCredentials {
  readonly server: string;
  /** PEM texts; absent where the kubeconfig has none. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly token?: string | undefined;
  readonly serverName?: string | undefined;
}

type Entry = Record<string, unknown>;

/**
 * The credentials of the current context of a parsed kubeconfig, or undefined when reading it takes more than
 * this file knows (login plugins, proxies, certificate files, switched-off verification).
 */
export function readPlainKubeconfig(config: unknown): PlainCredentials | undefined {
  if (!isEntry(config)) return undefined;
  const context = named(config['contexts'], config['current-context'], 'context');
  const cluster = named(config['clusters'], context?.['cluster'], 'cluster');
  const user = named(config['users'], context?.['user'], 'user') ?? {};
  if (cluster === undefined) return undefined;
  if (!onlyHas(cluster, ['server', 'certificate-authority-data', 'tls-server-name'])) return undefined;
  if (!onlyHas(user, ['client-certificate-data', 'client-key-data', 'token'])) return undefined;
  const server = cluster['server'];
  if (typeof server !== 'string' || !URL.canParse(server)) return undefined;
  return {
    server,
    ca: decoded(cluster['certificate-authority-data']),
    certificate: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
    token: text(user['token']),
    serverName: text(cluster['tls-server-name']),
  };
}

/**
 * The same of the text of a kubeconfig as kind writes it: one cluster, user and context, all of one name, one field a
 * line. Undefined for any other text. To parse YAML costs more than all else at the start of a run.
 */
export function readKindKubeconfig(source: string): PlainCredentials | undefined {
  const fields = new Map<string, string>();
  const names = new Set<string>();
  for (const line of source.trimEnd().split('\n')) {
    const [, key = '', value = ''] = /^[ -]*([\w-]+):(?: ([\w./:+=-]+))?$/.exec(line) ?? [];
    if (!KIND_FIELDS.has(key)) return undefined;
    if (value === '') continue;
    if (NAMES.has(key)) names.add(value);
    else if (fields.has(key)) return undefined;
    else fields.set(key, value);
  }
  const server = fields.get('server');
  if (names.size !== 1 || server === undefined || !URL.canParse(server)) return undefined;
  return {
    server,
    ca: decoded(fields.get('certificate-authority-data')),
    certificate: decoded(fields.get('client-certificate-data')),
    key: decoded(fields.get('client-key-data')),
    token: undefined,
    serverName: undefined,
  };
}

const NAMES: ReadonlySet<string> = new Set(['name', 'cluster', 'user', 'current-context']);
const KIND_FIELDS: ReadonlySet<string> = new Set([
  ...['apiVersion', 'kind', 'clusters', 'contexts', 'context', 'users', 'server', ...NAMES],
  ...['certificate-authority-data', 'client-certificate-data', 'client-key-data'],
]);

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function named(list: unknown, name: unknown, field: string): Entry | undefined {
  if (!Array.isArray(list)) return undefined;
  const entry: unknown = list.find((item: unknown) => isEntry(item) && item['name'] === name);
  const value = isEntry(entry) ? entry[field] : undefined;
  return isEntry(value) ? value : undefined;
}

function onlyHas(entry: Entry, fields: readonly string[]): boolean {
  return Object.keys(entry).every((field) => fields.includes(field));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function decoded(value: unknown): string | undefined {
  const base64 = text(value);
  // atob, not Buffer: this file stays free of node: imports, and PEM is ASCII.
  return base64 === undefined ? undefined : atob(base64);
}
