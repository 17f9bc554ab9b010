// Pure: which of the process's circumstances decide what is wanted, besides files.

export interface Circumstances {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly system: string;
  readonly architecture: string;
  /** '--env', '--images' and the config's path, as far as they were given. */
  readonly options: Readonly<Record<string, string | undefined>>;
}

/** Go's and Docker's own, and those by which npm reaches its registry. npm itself sets more of its kind for each task. */
const DECIDING =
  /^(GO[A-Z0-9]+|DOCKER_\w+|XDG_(CONFIG|CACHE|STATE)_HOME|npm_config_(registry|proxy|https_proxy|strict_ssl|cafile))$/i;
const PROGRAMS = ['kind', 'helm', 'go', 'docker'];

/** JSON values; equal when nothing that counts has changed. */
export function desiredStateSettings({ env, system, architecture, options }: Circumstances): unknown {
  const variables = Object.entries(env).filter(([name, value]) => DECIDING.test(name) && value);
  return [system, architecture, options, searchPath(env), variables.sort(([a], [b]) => (a < b ? -1 : 1))];
}

/** Absolute paths of what Slipway reads of the machine: its programs, and the settings of package managers and engine. */
export function machinePaths({ env, homeFolder }: Circumstances): string[] {
  const configFolder = env['XDG_CONFIG_HOME'] || `${homeFolder}/.config`;
  const docker = env['DOCKER_CONFIG'] || `${homeFolder}/.docker`;
  return [
    ...searchPath(env).flatMap((folder) => PROGRAMS.map((program) => `${folder}/${program}`)),
    ...['/etc/os-release', '/etc/apt/sources.list', '/etc/apt/sources.list.d'],
    ...['/etc/ssl/certs/ca-certificates.crt', `${homeFolder}/.npmrc`, '/etc/npmrc', '/usr/local/etc/npmrc'],
    `${configFolder}/go/env`,
    `${docker}/config.json`,
    `${docker}/contexts`,
  ];
}

/** Without what npm puts in front for a task: programs of packages, none of them one of ours. */
function searchPath(env: Circumstances['env']): string[] {
  const folders = (env['PATH'] ?? '').split(':');
  return folders.filter((folder) => folder.startsWith('/') && !folder.includes('/node_modules/'));
}
