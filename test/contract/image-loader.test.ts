import { createHash } from 'node:crypto';
import { DeltaImageLoader } from '../../src/images/load/delta-image-loader.ts';
import { FakeImageLoader } from '../fakes/image-loader.ts';
import { FakeImageNodes } from '../fakes/image-nodes.ts';
import { FakeImageStore } from '../fakes/image-store.ts';
import { FakeLayerSource } from '../fakes/layer-source.ts';
import { imageLoaderContract } from './image-loader.contract.ts';

const nodes = ['control-plane', 'worker'];

function imageIn(store: FakeImageStore) {
  return async (name: string, ...contents: string[]): Promise<string> => {
    const reference = `slipway.local/${name}:1`;
    const layers = contents.map((content) => ({
      diffId: `sha256:${createHash('sha256').update(content).digest('hex')}`,
      sizeBytes: 100_000,
      createdBy: 'COPY content /',
    }));
    store.add(reference, { layers });
    return reference;
  };
}

imageLoaderContract({
  title: 'FakeImageLoader',
  make: async () => {
    const store = new FakeImageStore();
    return { loader: new FakeImageLoader(store), nodes, image: imageIn(store), dispose: async () => {} };
  },
});

imageLoaderContract({
  title: 'DeltaImageLoader on nodes in memory',
  make: async () => {
    const images = new FakeImageStore();
    const node = new FakeImageNodes(...nodes);
    const sources = [new FakeLayerSource(images)];
    const loader = new DeltaImageLoader({
      images,
      sources,
      transports: [node],
      commands: node,
      docker: 'docker',
    });
    return { loader, nodes, image: imageIn(images), dispose: async () => {} };
  },
});
