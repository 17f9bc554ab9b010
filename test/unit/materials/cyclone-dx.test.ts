import { expect, test } from 'vitest';
import { cycloneDx, type BomComponent } from '../../../src/materials/cyclone-dx.ts';
import { uniqueComponents, type Materials } from '../../../src/materials/material.ts';

const sum = (digit: string): string => digit.repeat(64);
const materials: Materials = {
  slipwayVersion: '0.1.0',
  artifacts: [
    {
      ...{ id: 'kind-cli', fingerprint: '0123456789ab', sha256: sum('a') },
      files: [{ path: 'kind', sizeBytes: 12, sha256: sum('a') }],
      components: [
        { kind: 'Go program', name: 'kind', version: '(devel)' },
        {
          ...{ kind: 'Go module', name: 'k8s.io/api', version: 'v0.34.4', h1: 'h1:x=' },
          ...{ purl: 'pkg:golang/k8s.io/api@v0.34.4', replaces: 'k8s.io/api@v0.0.0' },
        },
      ],
    },
    {
      ...{ id: 'tree', fingerprint: '123456789abc', sha256: sum('b'), files: [] },
      components: [{ kind: 'Debian package', name: 'nginx', version: '', purl: 'pkg:deb/debian/nginx' }],
    },
    {
      ...{ id: 'files', fingerprint: '23456789abcd', sha256: sum('c'), components: [] },
      files: Array.from({ length: 9 }, (_, at) => ({ path: `${at}`, sizeBytes: 1, sha256: sum('d') })),
    },
  ],
  packages: [
    {
      kind: 'npm package',
      name: 'a',
      version: '1.0.0',
      integrity: 'sha512-+/8= md5-AAAA',
      scope: 'development',
    },
    { kind: 'npm package', name: 'b', version: '2.0.0', scope: 'optional' },
  ],
  notes: ['Something is left out.'],
};

test('it is a CycloneDX 1.6 document that names Slipway, and what could not be told', () => {
  const bom = cycloneDx(materials);
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
  expect(bom.metadata.component).toEqual({
    ...{ type: 'application', 'bom-ref': 'slipway', name: 'slipway', version: '0.1.0' },
  });
  expect(bom.metadata.properties).toEqual([{ name: 'slipway:note', value: 'Something is left out.' }]);
  const seen: BomComponent[] = [];
  const visit = (components: readonly BomComponent[]): void =>
    components.forEach((component) => (seen.push(component), visit(component.components ?? [])));
  visit(bom.components);
  expect(seen).toHaveLength(9);
  for (const { type, name, hashes = [] } of seen) {
    expect(['application', 'library', 'file', 'data', 'operating-system']).toContain(type);
    expect(name).not.toBe('');
    for (const { alg, content } of hashes)
      expect([alg, content]).toEqual([/^SHA-/, /^[\da-f]+$/].map(matching));
  }
  const references = seen.flatMap((component) => component['bom-ref'] ?? []);
  expect(new Set(references).size).toBe(3);
});

const matching = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

test('an artifact holds its files and components, and sums of Go and what was replaced are properties', () => {
  expect(JSON.parse(JSON.stringify(cycloneDx(materials).components[0]))).toEqual({
    ...{ type: 'application', 'bom-ref': 'kind-cli@0123456789ab', name: 'kind-cli', version: '0123456789ab' },
    hashes: [{ alg: 'SHA-256', content: sum('a') }],
    properties: [
      { name: 'slipway:files', value: '1' },
      { name: 'slipway:bytes', value: '12' },
    ],
    components: [
      { type: 'file', name: 'kind', hashes: [{ alg: 'SHA-256', content: sum('a') }] },
      { type: 'application', name: 'kind', version: '(devel)' },
      {
        ...{ type: 'library', name: 'k8s.io/api', version: 'v0.34.4', purl: 'pkg:golang/k8s.io/api@v0.34.4' },
        properties: [
          { name: 'slipway:h1', value: 'h1:x=' },
          { name: 'slipway:replaces', value: 'k8s.io/api@v0.0.0' },
        ],
      },
    ],
  });
});

test('many files are one sum, and a version that nothing tells is left out', () => {
  const [, tree, files] = JSON.parse(JSON.stringify(cycloneDx(materials).components)) as BomComponent[];
  expect(files).not.toHaveProperty('components');
  expect(files).toMatchObject({ type: 'data', hashes: [{ content: sum('c') }] });
  expect(tree).toMatchObject({ type: 'operating-system' });
  expect(tree?.components).toEqual([{ type: 'library', name: 'nginx', purl: 'pkg:deb/debian/nginx' }]);
});

test('integrity of npm is a hash in hex, and packages for development are excluded', () => {
  const [a, b] = cycloneDx(materials).components.slice(-2);
  expect(a).toMatchObject({ scope: 'excluded', hashes: [{ alg: 'SHA-512', content: 'fbff' }] });
  expect(a?.hashes).toHaveLength(1);
  expect(b?.scope).toBe('optional');
});

test('components come once and in one order, however they were found', () => {
  const [one, two] = materials.packages;
  const sorted = uniqueComponents([two!, one!, two!, { ...one! }]);
  expect(sorted).toEqual([one, two]);
});
