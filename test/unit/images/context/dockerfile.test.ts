import { describe, expect, test } from 'vitest';
import {
  emptyStages,
  labelStages,
  parseDockerfile,
  withoutSyntax,
} from '../../../../src/images/context/dockerfile.ts';

describe('parseDockerfile', () => {
  test('puts arguments into FROM: given ones before defaults', () => {
    const text =
      'ARG BASE=node:24\nARG BUILD=${BASE}\nARG TAG\nFROM ${BUILD} AS build\nFROM $BASE\nFROM x:${TAG:-1}';
    expect(parseDockerfile(text).stages.map((stage) => stage.base)).toEqual(['node:24', 'node:24', 'x:1']);
    expect(parseDockerfile(text, { BASE: 'own:1', TAG: '7' }).stages.map((stage) => stage.base)).toEqual([
      'own:1',
      'own:1',
      'x:7',
    ]);
  });

  test('an ARG inside a stage does not reach FROM', () => {
    expect(parseDockerfile('FROM a\nARG B=x\nFROM b${B}').stages[1]?.base).toBe('b');
  });

  test('names images from outside only: not stages, not scratch', () => {
    const text = [
      'FROM --platform=linux/amd64 debian:12 AS Build',
      'FROM scratch',
      'COPY --from=build /a /a',
      'COPY --from=0 /a /b',
      'COPY --chown=1:1 --from=busybox:1 /bin/sh /sh',
      'RUN --mount=type=bind,from=tools:2,target=/t true',
    ].join('\n');
    expect(parseDockerfile(text).externalImages).toEqual(['busybox:1', 'debian:12', 'tools:2']);
  });

  test('is not misled by comments, continuations and here-documents', () => {
    const text = [
      '# FROM no',
      'FROM a AS one',
      'RUN echo \\',
      '# a comment inside',
      '  FROM no',
      'RUN <<EOF',
      'FROM no',
      'EOF',
      'from b as two',
    ].join('\n');
    expect(parseDockerfile(text).stages).toEqual([
      { name: 'one', base: 'a', endLine: 1 },
      { name: 'two', base: 'b', endLine: 8 },
    ]);
  });

  test('honours the escape directive', () => {
    const text = '# escape=`\nFROM a\nRUN x `\n FROM no\nRUN c:\\\nFROM b';
    expect(parseDockerfile(text).stages.map((stage) => stage.base)).toEqual(['a', 'b']);
  });
});

describe('labelStages', () => {
  const text = 'FROM a AS one\nRUN x\nFROM one AS two\nRUN y\nFROM scratch\nCOPY --from=two / /';

  test('labels every stage first thing, so that what a failed build leaves has them too', () => {
    expect(labelStages(text, { k: 'a "b" $c' }).split('\n')).toEqual([
      'FROM a AS one',
      'LABEL "k"="a \\"b\\" \\$c"',
      'RUN x',
      'FROM one AS two',
      'LABEL "k"="a \\"b\\" \\$c"',
      'RUN y',
      'FROM scratch',
      'LABEL "k"="a \\"b\\" \\$c"',
      'COPY --from=two / /',
    ]);
  });

  test('does not tear a FROM of several lines apart', () => {
    expect(labelStages('FROM \\\n  a\nRUN x', { k: 'v' })).toBe('FROM \\\n  a\nLABEL "k"="v"\nRUN x');
  });

  test.each([
    [undefined, ['FROM a AS one', 'L', 'RUN x', 'FROM one', 'L', 'RUN y', 'E', '']],
    ['one', ['FROM a AS one', 'L', 'RUN x', 'E', 'FROM one', 'L', 'RUN y', '']],
    ['1', ['FROM a AS one', 'L', 'RUN x', 'FROM one', 'L', 'RUN y', 'E', '']],
  ])(
    'labels the result of target %s last thing, so that what is built FROM it has not those of stages',
    (target, lines) => {
      const two = 'FROM a AS one\nRUN x\nFROM one\nRUN y\n';
      const labelled = labelStages(two, { k: 'stage' }, { atEnd: { k: 'result' }, target });
      expect(labelled.replaceAll('LABEL "k"="stage"', 'L').replaceAll('LABEL "k"="result"', 'E')).toBe(
        lines.join('\n'),
      );
    },
  );

  test('without labels the Dockerfile stays as it is', () => {
    expect(labelStages(text, {})).toBe(text);
  });
});

test('stages that are not needed are emptied, and lines and numbers stay', () => {
  const text = 'ARG V\nFROM a AS docs\nCOPY . .\nRUN x\nFROM b\nCOPY c /\nFROM d\nCOPY --from=1 / /\n';
  expect(emptyStages(text, [0, 1])).toBe(
    'ARG V\nFROM scratch AS docs\n\n\nFROM scratch\n\nFROM d\nCOPY --from=1 / /\n',
  );
  expect(emptyStages(text, [])).toBe(text);
});

test.each([
  ['# syntax=docker/dockerfile:1.4\nFROM a\n', '#\nFROM a\n'],
  [
    '# escape=`\n#syntax = docker.io/docker/dockerfile:1\n# more\nFROM a\n',
    '# escape=`\n#\n# more\nFROM a\n',
  ],
  ['# syntax=example.com/own:1\nFROM a\n', '# syntax=example.com/own:1\nFROM a\n'],
  ['FROM a\n# syntax=docker/dockerfile:1\n', 'FROM a\n# syntax=docker/dockerfile:1\n'],
])("Docker's own frontend need not come from a registry: %j", (text, expected) => {
  expect(withoutSyntax(text)).toBe(expected);
});
