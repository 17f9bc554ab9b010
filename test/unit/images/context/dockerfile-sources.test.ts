import { expect, test } from 'vitest';
import { contextSources, unneededStages } from '../../../../src/images/context/dockerfile-sources.ts';

const from = (...lines: string[]): string => `${lines.join('\n')}\n`;

test.each<[string, string, string[] | undefined]>([
  [
    'COPY and ADD',
    from('FROM a', 'COPY package.json ./src/ /app/', 'ADD x.tgz /'),
    ['package.json', 'src', 'x.tgz'],
  ],
  ['globs', from('FROM a', 'COPY package*.json src/[ab]?.ts /app/'), ['package*.json', 'src/[ab]?.ts']],
  ['JSON', from('FROM a', 'COPY --chown=1:1 ["a b", "c", "/x"]'), ['a b', 'c']],
  ['lines that go on', from('FROM a', 'COPY a \\', '  # comment', '  b \\', '  /x'), ['a', 'b']],
  ['lower case', from('from a', 'copy a /x'), ['a']],
  ['paths out of the context', from('FROM a', 'COPY ../../a /b/../c /x'), ['a', 'c']],
  ['everything', from('FROM a', 'COPY package.json /', 'COPY . .'), undefined],
  ['everything by slash', from('FROM a', 'COPY / /app'), undefined],
  [
    'what comes from elsewhere',
    from('FROM a', 'ADD https://example.com/a git@example.com:b.git c /x'),
    ['c'],
  ],
  ['here-documents', from('FROM a', 'COPY <<EOF /x', 'COPY b /', 'EOF', 'COPY c /'), ['c']],
  [
    'a mount',
    from('FROM a', 'RUN --mount=type=cache,target=/c --mount=type=bind,source=package.json,target=p npm ci'),
    ['package.json'],
  ],
  ['a mount of everything', from('FROM a', 'COPY a /', 'RUN --mount=target=. make'), undefined],
  ['mounts of secrets', from('FROM a', 'COPY a /', 'RUN --mount=type=secret,id=x true'), ['a']],
  [
    'arguments',
    from('ARG V=1', 'FROM a', 'ARG V', 'ARG D=dist/${V}', 'COPY $D/x ${V:-2}/y /'),
    ['1/y', 'dist/1/x'],
  ],
  [
    'arguments before the stage do not reach into it',
    from('ARG V=1', 'FROM a', 'COPY dist/$V/x /'),
    ['dist'],
  ],
  ['ENV counts more', from('FROM a', 'ARG V=1', 'ENV V=2', 'COPY $V/x /'), ['2/x']],
  ['variables of a base', from('FROM a', 'COPY bin/$NODE_VERSION/x /'), ['bin']],
  ['variables of the builder', from('FROM a', 'ARG TARGETARCH=amd64', 'COPY bin/app-$TARGETARCH /'), ['bin']],
  ['a variable first', from('FROM a', 'COPY $X /'), undefined],
  ['shell words that are not read here', from('FROM a', 'COPY a/${X#y}/b /'), ['a']],
  ['ONBUILD of a base of ours', from('FROM a AS b', 'ONBUILD COPY src /', 'FROM b'), ['src']],
  ['nothing: a base may read by ONBUILD', from('FROM a-onbuild'), undefined],
  ['another frontend', from('# syntax=example.com/other:1', 'FROM a', 'COPY a /'), undefined],
  ["Docker's frontend", from('# syntax=docker/dockerfile:1.7', 'FROM a', 'COPY a /'), ['a']],
  [
    'stages that are not needed',
    from('FROM a AS docs', 'COPY . .', 'FROM a AS build', 'COPY src /', 'FROM a', 'COPY --from=build /x /'),
    ['src'],
  ],
  ['stages by number', from('FROM a', 'COPY b /', 'FROM c', 'COPY d /', 'COPY --from=0 / /'), ['b', 'd']],
  ['stages by mount', from('FROM a AS b', 'COPY b /', 'FROM c', 'RUN --mount=from=b,target=/b true'), ['b']],
  ['stages as a base', from('FROM a AS B', 'COPY b /', 'FROM b', 'COPY c /'), ['b', 'c']],
  ['a base that is not known', from('FROM a AS b', 'COPY b /', 'FROM $X', 'COPY c /'), ['b', 'c']],
])('%s', (_title, text, sources) => {
  expect(contextSources(text, {})).toEqual(sources);
});

test('build arguments are put in, and the target says which stages count', () => {
  const text = from('FROM a AS one', 'ARG D=x', 'COPY $D/f /', 'FROM a AS two', 'COPY . .');
  expect(contextSources(text, { target: 'ONE' })).toEqual(['x/f']);
  expect(contextSources(text, { target: '0', buildArgs: { D: 'y' } })).toEqual(['y/f']);
  expect(contextSources(text, {})).toBeUndefined();
  expect(contextSources(text, { target: 'no' })).toBeUndefined();
});

test('stages that a target does not need are told by number', () => {
  const text = from(
    'FROM a AS docs',
    'FROM a AS build',
    'FROM build AS test',
    'FROM a',
    'COPY --from=build / /',
  );
  expect(unneededStages(text, {})).toEqual([0, 2]);
  expect(unneededStages(text, { target: 'test' })).toEqual([0, 3]);
});
