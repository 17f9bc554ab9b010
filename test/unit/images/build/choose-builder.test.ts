import { expect, test } from 'vitest';
import {
  askedBuilder,
  frontendOf,
  hasBuildkit,
  prefersBuildkit,
} from '../../../../src/images/build/choose-builder.ts';

test.each([
  [false, ['18.06.3'], ['20.10.24+dfsg1', '23.0.0', '29.1.0', 'dev']],
  [true, ['25.0.0', '26.1.5', '27.5.1'], ['28.0.0', 'dev']],
])(
  'engines have BuildKit for what is uploaded; with the containerd store: %s',
  (containerdStore, without, having) => {
    const has = (version: string) => hasBuildkit({ version, containerdStore });
    expect([without.map(has), having.map(has)]).toEqual([without.map(() => false), having.map(() => true)]);
  },
);

test('engines below 23 build by the classic builder where nobody asks for another', () => {
  const prefers = (version: string) => prefersBuildkit({ version, containerdStore: false });
  expect(['20.10.24', '22.06.0', '23.0.0', 'dev'].map(prefers)).toEqual([false, false, true, true]);
});

test.each([
  [{ option: 'classic', variable: '1' }, 'classic'],
  [{ option: 'auto', variable: '0' }, 'auto'],
  [{ option: undefined, variable: '1' }, 'buildkit'],
  [{ option: undefined, variable: 'TRUE' }, 'buildkit'],
  [{ option: undefined, variable: '0' }, 'classic'],
  [{ option: undefined, variable: '' }, undefined],
  [{ option: undefined, variable: undefined }, undefined],
])('the option comes before DOCKER_BUILDKIT, and both before the config: %j', (settings, asked) => {
  expect(askedBuilder(settings)).toBe(asked);
});

test('a DOCKER_BUILDKIT that is neither yes nor no is refused, as docker does', () => {
  expect(() => askedBuilder({ option: undefined, variable: 'maybe' })).toThrow("DOCKER_BUILDKIT is 'maybe'");
});

test('the frontend follows from engine and builder', () => {
  const of = (version: string, usesBuildkit: boolean) =>
    frontendOf({ version, containerdStore: false }, usesBuildkit);
  expect([of('29.0.0', false), of('20.10.24', true), of('23.0.1', true), of('dev', true)]).toEqual([
    'classic',
    'built-in 1.2',
    'newer',
    'newer',
  ]);
});
