import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { CtrImageLoader } from '../../../scripts/image/ctr-image-loader.ts';
import type { Failure } from '../../../scripts/failure.ts';
import { FakeImageNodes } from '../../fakes/image-nodes.ts';
import { FakeImageStore } from '../../fakes/image-store.ts';

const nodes = ['n1', 'n2', 'n3'];

function setUp() {
  const images = new FakeImageStore();
  images.add('a:1');
  images.add('b:1');
  const engine = new FakeImageNodes(...nodes);
  const exports: string[] = [];
  const exportOf = images.export.bind(images);
  images.export = (references, signal) => {
    exports.push(references.join(' '));
    return exportOf(references, signal);
  };
  const loader = new CtrImageLoader({ images, commands: engine, docker: 'docker', settleMs: 5000 });
  const controller = new AbortController();
  const load = (references = ['slipway.local/a:1', 'slipway.local/b:1']) =>
    loader.load({ references, nodes }, { signal: controller.signal, report: () => {} });
  images.add('slipway.local/a:1');
  images.add('slipway.local/b:1');
  return { images, engine, exports, loader, load, controller };
}
async function failureOf(loading: Promise<unknown>): Promise<Failure> {
  return loading.then(
    () => expect.unreachable('the load went well'),
    (failure: Failure) => failure,
  );
}

describe('CtrImageLoader', () => {
  test('nodes that lack the same images share one export', async () => {
    const { images, engine, exports, load } = setUp();
    const { id } = (await images.find('slipway.local/a:1', new AbortController().signal))!;
    engine.add('n3', 'slipway.local/a:1', id);
    const reports = await load();
    expect(exports.sort()).toEqual(['slipway.local/a:1 slipway.local/b:1', 'slipway.local/b:1']);
    expect(engine.imports.sort()).toEqual(nodes);
    expect(reports.filter(({ outcome }) => outcome === 'present')).toEqual([
      { reference: 'slipway.local/a:1', node: 'n3', outcome: 'present', sentBytes: 0 },
    ]);
  });

  test('an image that is there with another digest is sent again', async () => {
    const { engine, load } = setUp();
    engine.add('n1', 'slipway.local/a:1', `sha256:${'0'.repeat(64)}`);
    const reports = await load(['slipway.local/a:1']);
    expect(reports.find(({ node }) => node === 'n1')).toMatchObject({ outcome: 'loaded' });
  });

  test('one node that fails does not stop the others, and each problem names its node', async () => {
    const { engine, load, loader } = setUp();
    engine.imported('n2', 'fails');
    const failure = await failureOf(load());
    expect(failure).toMatchObject({ code: 'load', message: '2 of 6 images did not get into their nodes' });
    expect(failure.details).toEqual([
      'n2: slipway.local/a:1: not there',
      'n2: slipway.local/b:1: not there',
      'n2: docker exec failed with exit code 1',
      '  ctr: no space left',
    ]);
    const request = { references: ['slipway.local/a:1'], nodes };
    const present = await loader.present(request, new AbortController().signal);
    expect(present.map(({ node }) => node)).toEqual(['n1', 'n3']);
  });

  test('an import that ends well and brings nothing is a failure', async () => {
    const { engine, load } = setUp();
    engine.imported('n1', 'lost');
    expect((await failureOf(load(['slipway.local/a:1']))).details).toEqual([
      'n1: slipway.local/a:1: not there',
    ]);
  });

  test('an image that no container can start from is a failure', async () => {
    const { engine, load } = setUp();
    engine.imported('n1', 'not-unpacked');
    expect((await failureOf(load(['slipway.local/a:1']))).details).toEqual([
      'n1: slipway.local/a:1: not unpacked',
    ]);
  });

  test('waits until kubelet can see what was imported', async () => {
    const { engine, load } = setUp();
    engine.imported('n1', 'unnoticed');
    expect(await load(['slipway.local/a:1'])).toHaveLength(3);
    expect(engine.questions).toBeGreaterThan(6);
  });

  test('a stop ends an import that hangs', async () => {
    const { engine, load, controller } = setUp();
    engine.imported('n2', 'hangs');
    const loading = failureOf(load());
    setTimeout(() => controller.abort(), 20);
    expect(await loading).toMatchObject({ code: 'interrupted' });
  });

  test('an export that breaks off is no success', async () => {
    const { images, load } = setUp();
    images.export = async () =>
      Readable.from(
        (async function* () {
          yield 'slipway.local/a:1 ';
          throw new Error('the engine went away');
        })(),
      );
    expect(await failureOf(load(['slipway.local/a:1']))).toMatchObject({ code: 'load' });
  });

  test('a node that is not there is named', async () => {
    const { loader } = setUp();
    const loading = loader.load(
      { references: ['slipway.local/a:1'], nodes: ['gone'] },
      { signal: new AbortController().signal, report: () => {} },
    );
    expect((await failureOf(loading)).message).toContain('gone');
  });
});
