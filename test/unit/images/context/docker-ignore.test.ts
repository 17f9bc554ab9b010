import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DockerIgnore, type FolderMatch } from '../../../../src/images/context/docker-ignore.ts';

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

  test.each([
    ['a\nb', 'a', false],
    ['a\n!a/b', 'a', true],
    ['*\n!shared\n!backend\nbackend/node_modules', 'node_modules', false],
    ['*\n!shared\n!backend\nbackend/node_modules', 'backend/node_modules', false],
    ['*\n!src/*.ts', 'src', true],
    ['*\n!src/*.ts', 'src/deep', false],
    ['*\n!*/keep', 'any', true],
    ['*\n!**/keep', 'any/deep', true],
    ['!a/b\na', 'a', false],
  ] as const)('says whether anything can come back: %j, below %s: %s', (text, folder, expected) => {
    const ignore = new DockerIgnore(text);
    let match: FolderMatch | undefined;
    for (const [index] of folder.split('/').entries())
      ({ match } = ignore.judge(
        folder
          .split('/')
          .slice(0, index + 1)
          .join('/'),
        match,
      ));
    expect(ignore.mayReInclude(folder, match!)).toBe(expected);
  });

  test('leaving a folder out unread changes no verdict', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', 'c.d');
    const pattern = fc
      .array(fc.constantFrom('a', 'b', 'ab', 'c.d', '*', '**', '?', 'a*', '[ab]'), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) => parts.join('/'));
    const rules = fc.array(fc.tuple(fc.boolean(), pattern), { maxLength: 5 });
    const path = fc.array(segment, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(rules, path, (lines, segments) => {
        const ignore = new DockerIgnore(lines.map(([back, text]) => `${back ? '!' : ''}${text}`).join('\n'));
        let match: FolderMatch | undefined;
        for (let count = 1; count < segments.length; count++) {
          const folder = segments.slice(0, count).join('/');
          const verdict = ignore.judge(folder, match);
          ({ match } = verdict);
          if (verdict.ignored && !ignore.mayReInclude(folder, match)) {
            expect(ignore.ignores(segments.join('/'))).toBe(true);
            return;
          }
        }
        expect(match).toBeDefined();
      }),
      { numRuns: 5_000 },
    );
  });
});
