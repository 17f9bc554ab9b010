import { describe, expect, test } from 'vitest';
import { containerdName, nodeImageFilter, parseNodeImages } from '../../../scripts/image/node-images.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

test.each([
  ['slipway.local/todo/backend:sha-1', 'slipway.local/todo/backend:sha-1'],
  ['nginx', 'docker.io/library/nginx:latest'],
  ['library/nginx:1', 'docker.io/library/nginx:1'],
  ['localhost/x', 'localhost/x:latest'],
  ['host:5000/x', 'host:5000/x:latest'],
  ['quay.io/a/b@sha256:1', 'quay.io/a/b@sha256:1'],
])('containerd calls %s %s', (reference, name) => {
  expect(containerdName(reference)).toBe(name);
  expect(nodeImageFilter(reference)).toBe(`name=="${name}"`);
});

describe('parseNodeImages', () => {
  test('reads what containerd 1.6 prints', () => {
    const { images, snapshotter } = parseNodeImages(
      [
        'snapshotter fuse-overlayfs',
        'image REF                  TYPE                 DIGEST  SIZE PLATFORMS LABELS',
        `image slipway.local/a:1 application/vnd.docker.distribution.manifest.v2+json ${digest('a')} 5.7 MiB linux/amd64 io.cri-containerd.image=managed`,
        `image slipway.local/b:1 application/vnd.docker.distribution.manifest.v2+json ${digest('b')} 5.7 MiB linux/amd64 -`,
        'check REF                  TYPE                 DIGEST  STATUS SIZE UNPACKED',
        `check slipway.local/a:1 application/vnd.docker.distribution.manifest.v2+json ${digest('a')} incomplete (1/2) 246.0 B/1.4 MiB true`,
        `check slipway.local/b:1 application/vnd.docker.distribution.manifest.v2+json ${digest('b')} complete (2/2) 1.4 MiB/1.4 MiB false`,
        `blob ${digest('a')} {"config":{"digest":"${digest('1')}"},"layers":[{"digest":"${digest('9')}"}]}`,
        `blob ${digest('b')} {"config": {"digest":`,
        '',
      ].join('\n'),
    );
    expect(snapshotter).toBe('fuse-overlayfs');
    expect(images.get('slipway.local/a:1')).toEqual({
      digests: new Set([digest('a'), digest('1')]),
      unpacked: true,
      managed: true,
    });
    expect(images.get('slipway.local/b:1')).toEqual({
      digests: new Set([digest('b')]),
      unpacked: false,
      managed: false,
    });
    expect(images.size).toBe(2);
  });

  test('an index goes by its own digest and by those of the platforms that are there', () => {
    const { images } = parseNodeImages(
      [
        `image x:1 application/vnd.oci.image.index.v1+json ${digest('a')} 1 MiB linux/amd64,linux/arm64 -`,
        `blob ${digest('a')} {"manifests":[{"digest":"${digest('b')}"},{"digest":"${digest('c')}"}]}`,
        `blob ${digest('b')} {"config":{"digest":"${digest('d')}"}}`,
        `blob ${digest('c')} `,
      ].join('\n'),
    );
    expect(images.get('x:1')!.digests).toEqual(new Set([digest('a'), digest('b'), digest('d')]));
  });

  test('nothing is no image', () => {
    expect(parseNodeImages('')).toEqual({ images: new Map(), snapshotter: 'overlayfs' });
  });
});
