import { describe, expect, test } from 'vitest';
import { cleanInstruction, joinLayers } from '../../../../src/images/inspect/image-layers.ts';

/** Oldest first, as in a Dockerfile; the engine tells them the other way round. */
const history = (...entries: [createdBy: string, size: number][]) =>
  entries.map(([CreatedBy, Size]) => ({ CreatedBy, Size })).toReversed();

describe('joinLayers', () => {
  test('matches layers with the instructions that made them, from the base up', () => {
    const layers = joinLayers(
      history(
        ['/bin/sh -c #(nop) ADD file:abc in / ', 100],
        ['/bin/sh -c #(nop)  CMD ["bash"]', 0],
        ['/bin/sh -c npm ci', 50],
        ['/bin/sh -c #(nop)  ENV A=1', 0],
      ),
      ['sha256:1', 'sha256:2'],
    );
    expect(layers.map(({ diffId, sizeBytes }) => [diffId, sizeBytes])).toEqual([
      ['sha256:1', 100],
      ['sha256:2', 50],
    ]);
  });

  test('a layer without bytes takes its digest and is left out', () => {
    const layers = joinLayers(
      history(['WORKDIR /app # buildkit', 0], ['COPY a / # buildkit', 3], ['LABEL a=b', 0]),
      ['sha256:workdir', 'sha256:copy'],
    );
    expect(layers).toEqual([{ diffId: 'sha256:copy', sizeBytes: 3, createdBy: 'COPY a /' }]);
  });

  test('a WORKDIR that is there already made no layer', () => {
    const layers = joinLayers(
      history(
        ['/bin/sh -c #(nop) WORKDIR /app', 0],
        ['/bin/sh -c #(nop) COPY dir:1 in . ', 7],
        ['/bin/sh -c #(nop) WORKDIR /app', 0],
        ['/bin/sh -c #(nop) COPY dir:2 in . ', 8],
      ),
      ['sha256:w', 'sha256:1', 'sha256:2'],
    );
    expect(layers.map(({ diffId, sizeBytes }) => [diffId, sizeBytes])).toEqual([
      ['sha256:1', 7],
      ['sha256:2', 8],
    ]);
  });

  test('no bytes are lost when there are more entries than digests', () => {
    const layers = joinLayers(history(['RUN a', 1], ['RUN b', 2]), ['sha256:1']);
    expect(layers.map((layer) => layer.sizeBytes)).toEqual([1, 2]);
    expect(new Set(layers.map((layer) => layer.diffId)).size).toBe(2);
  });
});

test.each([
  ['/bin/sh -c #(nop) COPY dir:0123456789abcdef0123 in /app ', 'COPY 0123456789ab → /app'],
  ['/bin/sh -c #(nop)  CMD ["node"]', 'CMD ["node"]'],
  ['/bin/sh -c npm ci   && rm -rf x', 'RUN npm ci && rm -rf x'],
  ['|2 A=1 B=2 /bin/sh -c make $A', 'RUN make $A'],
  ['RUN /bin/sh -c npm ci # buildkit', 'RUN npm ci'],
  ['RUN |1 TOKEN=x /bin/sh -c npm ci # buildkit', 'RUN npm ci'],
  ['COPY a b # buildkit', 'COPY a b'],
  ['', 'unknown'],
])('cleanInstruction(%j)', (createdBy, expected) => {
  expect(cleanInstruction(createdBy)).toBe(expected);
});
