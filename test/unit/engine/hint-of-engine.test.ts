import { expect, test } from 'vitest';
import { hintOfEngine } from '../../../src/engine/hint-of-engine.ts';

test.each([
  [
    'failed to solve with frontend dockerfile.v0: failed to solve with frontend gateway.v0: failed to do request: Head "https://registry/v2/docker/dockerfile/manifests/1"',
    /# syntax=/,
  ],
  ['failed to solve: docker/dockerfile:1: failed to resolve source metadata', /# syntax=/],
  [
    'the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/',
    /--builder buildkit/,
  ],
  ['dockerfile parse error line 3: Unknown flag: link', /newer engine/],
  ['write /var/lib/docker/x: no space left on device', /disk .* is full/],
])('what an engine says leads somewhere: %s', (text, hint) => {
  expect(hintOfEngine(text)).toMatch(hint);
});

test('a base that is not there is no matter of the frontend', () => {
  const text =
    'failed to solve with frontend dockerfile.v0: failed to create LLB definition: docker.io/library/nope:1: not found';
  expect(hintOfEngine(text)).toBeUndefined();
});
