import { CtrImageLoader } from '../../scripts/image/ctr-image-loader.ts';
import { FakeImageLoader } from '../fakes/image-loader.ts';
import { FakeImageNodes } from '../fakes/image-nodes.ts';
import { FakeImageStore } from '../fakes/image-store.ts';
import { imageLoaderContract } from './image-loader.contract.ts';

const nodes = ['control-plane', 'worker'];

function imageIn(store: FakeImageStore) {
  return async (name: string, content: string): Promise<string> => {
    const reference = `slipway.local/${name}:1`;
    store.add(reference, { labels: { content } });
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
  title: 'CtrImageLoader on nodes in memory',
  make: async () => {
    const images = new FakeImageStore();
    const loader = new CtrImageLoader({ images, commands: new FakeImageNodes(...nodes), docker: 'docker' });
    return { loader, nodes, image: imageIn(images), dispose: async () => {} };
  },
});
