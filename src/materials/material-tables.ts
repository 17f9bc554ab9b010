// The list of materials for people: a line for each artifact, or one for all that is known to be in it.

import { formatBytes } from '../view/format-bytes.ts';
import { formatTable } from '../view/table.ts';
import { namedFiles, sizeOf, type ArtifactMaterial, type Component, type Materials } from './material.ts';

const LOCKFILE = 'package-lock.json';

/** Each artifact in a line. */
export function summaryTable({ artifacts }: Materials): string {
  return formatTable({
    head: ['ARTIFACT', 'FINGERPRINT', 'SIZE', 'FILES', 'SHA-256', 'COMPONENTS'],
    rows: artifacts.map((artifact) => [
      ...[artifact.id, artifact.fingerprint, formatBytes(sizeOf(artifact)), String(artifact.files.length)],
      ...[artifact.sha256.slice(0, 12), countsText(artifact.components)],
    ]),
  });
}

/** Each artifact, file and component in a line, with its whole checksum where one is known. */
export function fullTable({ artifacts, packages }: Materials): string {
  return formatTable({
    head: ['IN', 'WHAT', 'NAME', 'VERSION', 'CHECKSUM'],
    rows: [
      ...artifacts.flatMap(artifactRows),
      ...packages.map((component) => componentRow(LOCKFILE, component)),
    ],
  });
}

/** How much it is, and what could not be told. */
export function closingText({ artifacts, packages, notes }: Materials): string {
  const bytes = artifacts.reduce((sum, artifact) => sum + sizeOf(artifact), 0);
  const inside = artifacts.reduce((sum, { components }) => sum + components.length, 0);
  const forWork = packages.filter(({ scope }) => scope === 'development').length;
  return [
    artifacts.length === 0
      ? 'Nothing was made on this machine yet.'
      : `${counted(artifacts.length, 'artifact')}, ${formatBytes(bytes)}, of ${counted(inside, 'component')}.`,
    `${counted(packages.length, 'npm package')} of Slipway itself (${LOCKFILE}), ${forWork} of them for its development only.`,
    ...notes.map((note) => `Note: ${note}`),
  ].join('\n');
}

/** '1 Go program, 210 Go modules' */
function countsText(components: readonly Component[]): string {
  const byKind = Map.groupBy(components, ({ kind }) => kind);
  const counts = [...byKind].sort(([a], [b]) => (a < b ? 1 : -1));
  return counts.map(([kind, { length }]) => counted(length, kind)).join(', ');
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function artifactRows(artifact: ArtifactMaterial): string[][] {
  const { id, fingerprint, sha256, components } = artifact;
  return [
    [id, 'artifact', '', fingerprint, `sha256:${sha256}`],
    ...namedFiles(artifact).map((file) => [id, 'file', file.path, '', `sha256:${file.sha256}`]),
    ...components.map((component) => componentRow(id, component)),
  ];
}

function componentRow(place: string, component: Component): string[] {
  const { kind, name, version, integrity, h1, purl, replaces, scope } = component;
  const what = scope === undefined ? kind : `${kind} (${scope})`;
  // The same module in another version needs no words: the version says it.
  const shown = replaces !== undefined && purl === undefined ? `${name} for ${replaces}` : name;
  return [place, what, shown, version, integrity ?? h1 ?? ''];
}
