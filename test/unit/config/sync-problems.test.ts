// What a config may say of sync, and what is refused.

import { expect, test } from 'vitest';
import { validateConfig } from '../../../src/config/validate.ts';

const rule = { from: 'app/src', to: '/app/src' };

function problemsOf(sync: unknown, images: Record<string, string> = { image: 'web' }): string[] {
  const release = { chart: 'chart', images, sync };
  const image = { dockerfile: 'Dockerfile', context: 'app' };
  const small = { namespace: 'small', images: { web: image, other: image }, releases: { web: release } };
  const { problems } = validateConfig({ default: 'small', environments: { small } }, []);
  return problems.map(
    ({ path, message }) => `${path.replace('environments.small.releases.web.', '')}: ${message}`,
  );
}

test('rules that fit are taken', () => {
  expect(problemsOf({ command: ['node'], rules: [rule, { from: 'app/x', after: 'rebuild' }] })).toEqual([]);
  expect(problemsOf({ rules: [{ ...rule, after: 'SIGHUP', exclude: ['**/*.md'] }] })).toEqual([]);
  expect(
    problemsOf({ image: 'other', rules: [{ ...rule, after: 'nothing' }] }, { a: 'web', b: 'other' }),
  ).toEqual([]);
});

test.for([
  [{ command: ['node'], rules: [] }, 'sync.rules: Too small'],
  [{ rules: [rule] }, "sync.rules[0].after: starts what 'sync.command' names, and that is empty"],
  [{ rules: [{ from: 'lib', to: '/lib', after: 'nothing' }] }, "sync.rules[0].from: lies outside 'app'"],
  [
    { rules: [{ from: 'app/../x', to: '/lib', after: 'nothing' }] },
    'sync.rules[0].from: must be a path inside',
  ],
  [{ rules: [{ from: 'app/x', to: 'lib', after: 'nothing' }] }, 'sync.rules[0].to: must be an absolute path'],
  [{ rules: [{ from: 'app/x', after: 'nothing' }] }, "sync.rules[0]: must have 'to'"],
  [{ rules: [{ ...rule, after: 'rebuild' }] }, "sync.rules[0]: must have 'to'"],
  [{ rules: [{ ...rule, after: 'reload' }] }, 'sync.rules[0].after: '],
  [{ image: 'none', rules: [rule] }, "sync.image: 'none' is no image of this release"],
] as const)('%j is refused', ([sync, problem]) => {
  expect(problemsOf(sync).join('\n')).toContain(problem);
});

test('a release of several images has to say which one it is about', () => {
  expect(problemsOf({ rules: [{ ...rule, after: 'nothing' }] }, { a: 'web', b: 'other' })).toEqual([
    'sync: must name its image: the release has 2',
  ]);
});
