import { describe, expect, test } from 'vitest';
import { DockerIgnore } from '../../../scripts/image/docker-ignore.ts';

// Expected verdicts are those of github.com/moby/patternmatcher 0.6.1.
const cases: readonly [ignoreFile: string, ignored: string[], kept: string[]][] = [
  ['node_modules', ['node_modules', 'node_modules/a/b.js'], ['src/node_modules/a.js', 'node_modules2']],
  ['**/node_modules', ['node_modules/a', 'a/b/node_modules/c/d'], ['a/node_modules.txt']],
  ['*.md', ['README.md'], ['docs/README.md']],
  ['**/*.md', ['README.md', 'docs/a/README.md'], ['README.mdx']],
  ['*\n!src\nsrc/*.test.ts', ['README.md', 'a/b', 'src/a.test.ts'], ['src', 'src/a.ts', 'src/a/b.test.ts']],
  ['docs\n!docs/api/index.md', ['docs/a.md', 'docs/api/b.md'], ['docs/api/index.md']],
  ['!a\na', ['a'], ['b']],
  ['/dist/', ['dist', 'dist/a'], ['src/dist']],
  ['./a/../b', ['b'], ['a']],
  ['# comment\n\n  .env  \n', ['.env'], ['# comment', '.env.example']],
  ['\uFEFFa', ['a'], ['b']],
  ['app/(auth)', ['app/(auth)/page.tsx'], ['app/auth/page.tsx']],
  ['a+b\n{c}\nd.e', ['a+b', '{c}', 'd.e'], ['aab', 'c', 'dxe']],
  ['?at\n[xy]\n[^a-c]z', ['cat', 'x', 'dz'], ['at', 'c/at', 'z', 'az']],
  ['a\\*b', ['a*b'], ['axb']],
  ['a/**/z', ['a/z', 'a/b/c/z'], ['z', 'b/a/z']],
  ['a/**', ['a/b', 'a/b/c'], ['a']],
  ['**', ['a', 'a/b'], []],
  ['**foo', ['foo', 'xfoo', 'a/xfoo'], ['foox']],
  ['[', [], ['[', 'a']],
  ['!', [], ['a']],
];

describe('DockerIgnore', () => {
  test.each(cases)('judges as the engine does: %j', (text, ignored, kept) => {
    const ignore = new DockerIgnore(text);
    expect(ignored.filter((path) => !ignore.ignores(path))).toEqual([]);
    expect(kept.filter((path) => ignore.ignores(path))).toEqual([]);
  });

  test('says whether anything can come back from an ignored folder', () => {
    expect(new DockerIgnore('a\nb').hasReIncludes).toBe(false);
    expect(new DockerIgnore('a\n!a/b').hasReIncludes).toBe(true);
  });
});
