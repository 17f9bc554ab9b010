import { expect, test } from 'vitest';
import { frontendProblems } from '../../../../src/images/build/frontend-problems.ts';

const lines = [
  'FROM --platform=$BUILDPLATFORM a AS build',
  'RUN --mount=type=cache,target=/c \\',
  '  make',
  'COPY --chmod=755 a /',
  'RUN <<EOF',
  'COPY --link x /',
  'EOF',
  'COPY --link --from=build /a /',
  'COPY --parents a/b /',
  'ADD --checksum=sha256:1 https://example.com/a /',
  'RUN echo $((1<<SHIFT)) && cat <<< x',
];
const text = lines.join('\n');
const found = (dockerfile: string, frontend: Parameters<typeof frontendProblems>[1]) =>
  frontendProblems(dockerfile, frontend).map(({ line, what }) => `${line} ${what}`);

test('the classic builder knows nothing of BuildKit', () => {
  expect(found(text, 'classic')).toEqual([
    '1 FROM --platform with a variable of BuildKit',
    '2 RUN --mount',
    '4 COPY --chmod',
    '5 a here-document of RUN',
    '8 COPY --link',
    '9 COPY --parents',
    '10 ADD --checksum',
  ]);
});

test('BuildKit of 20.10 has the frontend 1.2, unless a registry gives it another', () => {
  const known = ['5 a here-document of RUN', '8 COPY --link', '9 COPY --parents', '10 ADD --checksum'];
  expect(found(text, 'built-in 1.2')).toEqual(known);
  expect(found(`# syntax=docker/dockerfile:1\n${text}`, 'built-in 1.2')).toEqual([]);
  expect(found(`# syntax=docker/dockerfile:1\n${text}`, 'classic')).toHaveLength(7);
});

test('newer engines say themselves what they do not know, and each problem says what to write', () => {
  expect(found(text, 'newer')).toEqual([]);
  expect(frontendProblems(text, 'classic').filter(({ instead }) => instead === '')).toEqual([]);
});

test('what every builder knows is no problem', () => {
  const plain =
    'FROM --platform=linux/amd64 a\nCOPY --chown=1:1 --from=0 a b /\nHEALTHCHECK --interval=1s CMD x\n';
  expect(found(plain, 'classic')).toEqual([]);
});
