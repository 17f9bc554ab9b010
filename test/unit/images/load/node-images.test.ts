import { describe, expect, test } from 'vitest';
import { chainIds } from '../../../../src/images/load/layer-chain.ts';
import { containerdName, documentsBelow, nodeStateOf } from '../../../../src/images/load/node-images.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const manifest = (config: string) =>
  JSON.stringify({ config: { digest: config }, layers: [{ digest: digest('9') }] });
const config = (...diffIds: string[]) =>
  JSON.stringify({ config: { Env: [] }, rootfs: { diff_ids: diffIds } });

test.each([
  ['slipway.local/todo/backend:sha-1', 'slipway.local/todo/backend:sha-1'],
  ['nginx', 'docker.io/library/nginx:latest'],
  ['library/nginx:1', 'docker.io/library/nginx:1'],
  ['localhost/x', 'localhost/x:latest'],
  ['host:5000/x', 'host:5000/x:latest'],
  ['quay.io/a/b@sha256:1', 'quay.io/a/b@sha256:1'],
])('containerd calls %s %s', (reference, name) => {
  expect(containerdName(reference)).toBe(name);
});

test.each([
  ['a manifest', manifest(digest('1')), [digest('1')]],
  [
    'an index',
    JSON.stringify({ manifests: [{ digest: digest('1') }, { digest: digest('2') }] }),
    [digest('1'), digest('2')],
  ],
  ['a config', config(digest('1')), []],
  ['half a document', '{"config": {"digest":', []],
  ['nothing', undefined, []],
])('documents below %s', (_what, text, below) => {
  expect(documentsBelow(text)).toEqual(below);
});

describe('nodeStateOf', () => {
  const [lower, upper] = [digest('7'), digest('8')];
  const [, top] = chainIds([lower, upper]);
  function stateOf(options: { target?: string; documents: Record<string, string>; chains?: string[] }) {
    const { target = digest('a'), documents, chains = [top!] } = options;
    return nodeStateOf({
      targets: new Map([['x:1', { digest: target, managed: true }]]),
      documents: new Map(Object.entries(documents)),
      layers: { chains: new Set(chains), blobs: new Set() },
      snapshotter: 'overlayfs',
    }).images.get('x:1')!;
  }
  const documents = { [digest('a')]: manifest(digest('1')), [digest('1')]: config(lower, upper) };

  test('an image goes by the digests of its manifest and of its config', () => {
    expect(stateOf({ documents })).toEqual({
      digests: new Set([digest('a'), digest('1')]),
      unpacked: true,
      managed: true,
    });
  });

  test('an image with its lower layers alone is not unpacked', () => {
    expect(stateOf({ documents, chains: [lower] }).unpacked).toBe(false);
  });

  test('an image whose config is not there is not unpacked', () => {
    expect(stateOf({ documents: { [digest('a')]: manifest(digest('1')) } }).unpacked).toBe(false);
  });

  test('an image without layers is unpacked', () => {
    expect(stateOf({ documents: { ...documents, [digest('1')]: config() }, chains: [] }).unpacked).toBe(true);
  });

  test('an index goes by its own digest and by those of the platforms that are there', () => {
    const index = JSON.stringify({ manifests: [{ digest: digest('a') }, { digest: digest('c') }] });
    const image = stateOf({ target: digest('e'), documents: { ...documents, [digest('e')]: index } });
    expect(image).toMatchObject({
      digests: new Set([digest('e'), digest('a'), digest('1')]),
      unpacked: true,
    });
  });
});
