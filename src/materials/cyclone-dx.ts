// Pure: the list of materials as a CycloneDX 1.6 document. Equal materials give an equal one: it holds no time and
// no random number.

import { namedFiles, sizeOf, type ArtifactMaterial, type Component, type Materials } from './material.ts';

interface Property {
  readonly name: string;
  readonly value: string;
}

interface Hash {
  readonly alg: string;
  readonly content: string;
}

/** Of CycloneDX's fields those that are used here. What is undefined does not come into the JSON. */
export interface BomComponent {
  readonly type: 'application' | 'library' | 'file' | 'data' | 'operating-system';
  readonly 'bom-ref'?: string;
  readonly name: string;
  readonly version?: string | undefined;
  readonly scope?: 'optional' | 'excluded' | undefined;
  readonly hashes?: readonly Hash[] | undefined;
  readonly purl?: string | undefined;
  readonly properties?: readonly Property[] | undefined;
  readonly components?: readonly BomComponent[] | undefined;
}

export interface Bom {
  readonly $schema: string;
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly version: 1;
  readonly metadata: {
    readonly tools: { readonly components: readonly BomComponent[] };
    readonly component: BomComponent;
    readonly properties: readonly Property[] | undefined;
  };
  readonly components: readonly BomComponent[];
}

const HASH_NAMES: Readonly<Record<string, string>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
};

/** Artifacts with their files and components inside them, then the npm packages of Slipway. */
export function cycloneDx({ slipwayVersion, artifacts, packages, notes }: Materials): Bom {
  const slipway = { type: 'application', name: 'slipway', version: slipwayVersion || undefined } as const;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      tools: { components: [slipway] },
      component: { ...slipway, 'bom-ref': 'slipway' },
      properties: some(notes.map((value) => ({ name: 'slipway:note', value }))),
    },
    components: [...artifacts.map(ofArtifact), ...packages.map(ofComponent)],
  };
}

function ofArtifact(artifact: ArtifactMaterial): BomComponent {
  const { id, fingerprint, files, components } = artifact;
  return {
    type: typeOf(artifact),
    'bom-ref': `${id}@${fingerprint}`,
    name: id,
    version: fingerprint,
    hashes: [{ alg: 'SHA-256', content: artifact.sha256 }],
    properties: [
      { name: 'slipway:files', value: String(files.length) },
      { name: 'slipway:bytes', value: String(sizeOf(artifact)) },
    ],
    components: some([
      ...namedFiles(artifact).map(({ path, sha256 }): BomComponent => {
        return { type: 'file', name: path, hashes: [{ alg: 'SHA-256', content: sha256 }] };
      }),
      ...components.map(ofComponent),
    ]),
  };
}

function ofComponent({ kind, name, version, purl, ...known }: Component): BomComponent {
  const properties = [
    { name: 'slipway:h1', value: known.h1 },
    { name: 'slipway:replaces', value: known.replaces },
  ];
  return {
    type: kind === 'Go program' ? 'application' : 'library',
    name,
    version: version || undefined,
    // 'excluded' is CycloneDX's word for what is there for tests and the like.
    scope: known.scope === 'development' ? 'excluded' : known.scope,
    hashes: some(integrityHashes(known.integrity ?? '')),
    purl,
    properties: some(properties.filter((property): property is Property => property.value !== undefined)),
  };
}

function typeOf({ components }: ArtifactMaterial): BomComponent['type'] {
  if (components.length === 0) return 'data';
  return components.some(({ kind }) => kind === 'Debian package') ? 'operating-system' : 'application';
}

/** npm's 'sha512-<base64>', perhaps several with spaces between them, in hex. */
function integrityHashes(integrity: string): Hash[] {
  return integrity.split(/\s+/).flatMap((part) => {
    const [, name = '', base64 = ''] = /^(sha\d+)-([\w+/=]+)$/.exec(part) ?? [];
    const alg = HASH_NAMES[name];
    return alg === undefined ? [] : [{ alg, content: Buffer.from(base64, 'base64').toString('hex') }];
  });
}

function some<V>(values: readonly V[]): readonly V[] | undefined {
  return values.length === 0 ? undefined : values;
}
