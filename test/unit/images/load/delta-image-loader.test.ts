import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { DeltaImageLoader } from '../../../../src/images/load/delta-image-loader.ts';
import { FakeImageNodes } from '../../../fakes/image-nodes.ts';
import { FakeImageStore } from '../../../fakes/image-store.ts';
import { FakeLayerSource } from '../../../fakes/layer-source.ts';
import { failureOf } from '../../../support/failure-of.ts';

const nodes = ['n1', 'n2', 'n3'];
const a = 'slipway.local/a:1';
const b = 'slipway.local/b:1';

function setUp() {
  const images = new FakeImageStore();
  images.add(a);
  images.add(b);
  const node = new FakeImageNodes(...nodes);
  const source = new FakeLayerSource(images);
  const exports: string[] = [];
  const exportOf = images.export.bind(images);
  images.export = (references, signal) => {
    exports.push(references.join(' '));
    return exportOf(references, signal);
  };
  const parts = { images, sources: [source], commands: node, docker: 'docker', settleMs: 5000 };
  const loader = new DeltaImageLoader({ ...parts, transports: [node] });
  const controller = new AbortController();
  const load = (references = [a, b], to = nodes) =>
    loader.load({ references, nodes: to }, { signal: controller.signal, report: () => {} });
  return { images, node, source, exports, parts, loader, load, controller };
}

describe('DeltaImageLoader', () => {
  test('each node gets what it lacks', async () => {
    const { images, node, load } = setUp();
    const { id } = (await images.find(a, new AbortController().signal))!;
    node.add('n3', a, id);
    const reports = await load();
    expect(node.intakes.sort()).toEqual(['n1 2', 'n2 2', 'n3 1']);
    expect(reports.filter(({ outcome }) => outcome === 'present')).toEqual([
      { reference: a, node: 'n3', outcome: 'present', sentBytes: 0, imageBytes: 1000 },
    ]);
  });

  test('what was opened is closed, whether it went well or not', async () => {
    const { node, source, load } = setUp();
    await load([a]);
    expect(source.unclosed).toEqual([]);
    node.goes('n1', 'lost');
    await failureOf(load([b], ['n1']));
    expect(source.unclosed).toEqual([]);
  });

  test('an image that is there with another digest is sent again', async () => {
    const { node, load } = setUp();
    node.add('n1', a, `sha256:${'0'.repeat(64)}`);
    expect((await load([a])).find((report) => report.node === 'n1')).toMatchObject({ outcome: 'loaded' });
  });

  test('a node that refuses a part of the layers gets all of them', async () => {
    const { images, node, exports, load } = setUp();
    const layer = (name: string) => ({ diffId: `sha256:${name.repeat(64)}`, sizeBytes: 500, createdBy: '' });
    images.add(a, { layers: [layer('1'), layer('2')] });
    await load([a], ['n1']);
    images.add(a, { layers: [layer('1'), layer('3')] });
    node.goes('n1', 'refuses-parts');
    const [report] = await load([a], ['n1']);
    expect(node.intakes).toEqual(['n1 2', 'n1 1', 'n1 2']);
    expect(report).toMatchObject({ outcome: 'loaded', layers: { sent: 2, total: 2 } });
    // Both attempts count.
    expect(report!.sentBytes).toBeGreaterThan(1500);
    expect(exports).toEqual([]);
  });

  test('nodes that refuse layers at all get the image whole, from one export', async () => {
    const { node, exports, load } = setUp();
    for (const name of nodes) node.goes(name, 'refuses-layers');
    const reports = await load();
    expect(exports).toEqual([`${a} ${b}`]);
    expect(node.intakes.filter((intake) => intake.endsWith('whole')).sort()).toEqual(
      nodes.map((n) => `${n} whole`),
    );
    expect(reports.every(({ outcome, layers }) => outcome === 'loaded' && layers === undefined)).toBe(true);
  });

  test('images that nothing can take apart go whole', async () => {
    const { node, source, exports, load } = setUp();
    source.isAble = false;
    expect((await load([a])).map(({ outcome }) => outcome)).toEqual(['loaded', 'loaded', 'loaded']);
    expect([exports, node.intakes.sort()]).toEqual([[a], nodes.map((n) => `${n} whole`)]);
  });

  test('layers that cannot be read to their end are no success, and the image goes whole', async () => {
    const { node, source, load } = setUp();
    source.isBroken = true;
    await load([a], ['n1']);
    expect(node.intakes).toEqual(['n1 1', 'n1 1', 'n1 whole']);
  });

  test('the next source is asked where one cannot', async () => {
    const { images, source, parts, node } = setUp();
    source.isAble = false;
    const sources = [source, new FakeLayerSource(images)];
    const loader = new DeltaImageLoader({ ...parts, sources, transports: [node] });
    await loader.load(
      { references: [a], nodes: ['n1'] },
      { signal: new AbortController().signal, report: () => {} },
    );
    expect(node.intakes).toEqual(['n1 1']);
  });

  test('the first way that is open is taken, the last one where it fails', async () => {
    const { parts } = setUp();
    const ways = [new FakeImageNodes('n1'), new FakeImageNodes('n1'), new FakeImageNodes('n1')];
    ways[0]!.isOpen = false;
    ways[1]!.goes('n1', 'fails');
    const loader = new DeltaImageLoader({ ...parts, transports: ways });
    const task = { signal: new AbortController().signal, report: () => {} };
    const [report] = await loader.load({ references: [a], nodes: ['n1'] }, task);
    expect(report).toMatchObject({ outcome: 'loaded' });
    expect(ways.map(({ intakes }) => intakes)).toEqual([[], ['n1 1'], ['n1 1']]);
  });

  test('one node that fails does not stop the others, and each problem names its node', async () => {
    const { node, load, loader } = setUp();
    node.goes('n2', 'fails');
    const failure = await failureOf(load());
    expect(failure).toMatchObject({ code: 'load', message: '2 of 6 images did not get into their nodes' });
    expect(failure.details).toEqual([
      `n2: ${a}: not there`,
      `n2: ${b}: not there`,
      'n2: docker exec failed with exit code 1',
      '  ctr: no space left',
    ]);
    const present = await loader.present({ references: [a], nodes }, new AbortController().signal);
    expect(present.map((entry) => entry.node)).toEqual(['n1', 'n3']);
  });

  test('taking in that ends well and brings nothing is a failure', async () => {
    const { node, load } = setUp();
    node.goes('n1', 'lost');
    expect((await failureOf(load([a]))).details).toEqual([`n1: ${a}: not there`]);
  });

  test('an image that no container can start from is a failure', async () => {
    const { node, load } = setUp();
    node.goes('n1', 'not-unpacked');
    expect((await failureOf(load([a]))).details).toEqual([`n1: ${a}: not unpacked`]);
  });

  test('waits until kubelet can see what was brought', async () => {
    const { node, load } = setUp();
    node.goes('n1', 'unnoticed');
    expect(await load()).toHaveLength(6);
    expect(node.looks).toBeGreaterThan(6);
  });

  test('an image that kubelet never sees is a failure', async () => {
    const { node, parts } = setUp();
    node.goes('n1', 'unnoticed');
    const loader = new DeltaImageLoader({ ...parts, transports: [node], settleMs: 0 });
    const task = { signal: new AbortController().signal, report: () => {} };
    const failure = await failureOf(loader.load({ references: [a], nodes: ['n1'] }, task));
    expect(failure.details).toEqual([`n1: ${a}: imported, but kubelet does not see it`]);
  });

  test('a stop ends a delivery that hangs', async () => {
    const { node, load, controller, source } = setUp();
    node.goes('n2', 'hangs');
    const loading = failureOf(load());
    setTimeout(() => controller.abort(), 20);
    expect(await loading).toMatchObject({ code: 'interrupted' });
    expect(source.unclosed).toEqual([]);
  });

  test('an export that breaks off is no success', async () => {
    const { images, source, load } = setUp();
    source.isAble = false;
    images.export = async () =>
      Readable.from(
        (async function* () {
          yield `${a} `;
          throw new Error('the engine went away');
        })(),
      );
    expect(await failureOf(load([a]))).toMatchObject({ code: 'load' });
  });

  test('a node that is not there is named, and the others get the image', async () => {
    const { loader, load } = setUp();
    expect((await failureOf(load([a], ['n1', 'gone']))).message).toContain('gone');
    const present = await loader.present({ references: [a], nodes: ['n1'] }, new AbortController().signal);
    expect(present).toEqual([{ reference: a, node: 'n1' }]);
  });
});
