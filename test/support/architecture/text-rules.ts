// What must and must not stand in any file that is kept.

import { dirname, join } from 'node:path/posix';
import { perLine, type Project } from './rule.ts';

/** Spelled in parts, so that this file is no violation. */
const host = (...parts: string[]): string => parts.join('.');
const registryHosts = [
  host('registry', 'npmjs', 'org'),
  host('registry', 'yarnpkg', 'com'),
  host('pypi', 'org'),
  host('files', 'pythonhosted', 'org'),
  host('proxy', 'golang', 'org'),
  host('sum', 'golang', 'org'),
  host('crates', 'io'),
  host('repo', 'maven', 'apache', 'org'),
  host('repo1', 'maven', 'org'),
  host('deb', 'debian', 'org'),
  host('security', 'debian', 'org'),
  host('snapshot', 'debian', 'org'),
  host('archive', 'ubuntu', 'com'),
];

const machinePaths = [
  new RegExp(`/${'work'}/(main|shared|\\.library)\\b`),
  new RegExp(`/${'tmp'}/${'lab'}\\b`),
  new RegExp(`/${'home'}/[a-z][a-z0-9-]*/`),
  new RegExp(`/${'Users'}/[A-Za-z]`),
];

const everywhere = (): boolean => true;

export const noRegistryHosts = perLine('no file names the host of a package registry', everywhere, (line) =>
  registryHosts
    .filter((name) => new RegExp(`(^|[^\\w.-])${name.replaceAll('.', '\\.')}`).test(line))
    .map((name) => `names ${name}`),
);

export const noMachinePaths = perLine('no file holds a path of one machine', everywhere, (line) =>
  machinePaths.flatMap((pattern) => pattern.exec(line)?.[0] ?? []).map((path) => `holds ${path}`),
);

export const textsSaySlipway = perLine(
  'src/ says commands as `slipway up`; the edge says how they are typed',
  (path) => path.startsWith('src/') && path !== 'src/cli/as-typed.ts',
  (line) => (/\bnpm run (\w|\$)/.test(line) ? ['says npm run'] : []),
);

const PROJECT_PATH =
  /^(?:\.\/)?(?:(?:src|scripts|docs|test|charts|kind|minikube|dockerfiles|apps|\.ci)\/[\w@.-][\w@./-]*|[\w.-]+\.(?:ts|json|md|mjs|yaml))$/;

export const documentedPathsExist = perLine(
  'every path that a README names is there',
  (path) => path.endsWith('.md'),
  (line, { path, project }) => {
    const spans = [...line.matchAll(/`([^`]+)`/g)]
      .map((match) => match[1] ?? '')
      .filter((span) => PROJECT_PATH.test(span));
    const links = [...line.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    return [
      ...spans.filter((span) => !isThere(project, path, span)).map((span) => `names ${span}`),
      ...links.filter((link) => !isThere(project, path, link)).map((link) => `links to ${link}`),
    ];
  },
);

/** From the project root, or from the folder of the page. */
function isThere({ texts }: Project, page: string, name: string): boolean {
  const candidates = [name, join(dirname(page), name)].map((path) => join(path).replace(/\/$/, ''));
  return candidates.some(
    (path) =>
      path === '.' || texts.has(path) || [...texts.keys()].some((known) => known.startsWith(`${path}/`)),
  );
}
