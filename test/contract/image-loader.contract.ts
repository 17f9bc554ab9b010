// What every ImageLoader keeps.

import { afterAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import type { ImageLoader } from '../../src/images/load/image-loader.ts';
import type { Progress } from '../../src/task.ts';

export interface ImageLoaderUnderTest {
  readonly loader: ImageLoader;
  readonly nodes: readonly string[];
  /**
   * Makes (or makes anew, with other content) an image of this name in the engine, with a layer of 100 kB or more
   * for each content; gives its reference.
   */
  image(name: string, ...layers: string[]): Promise<string>;
  dispose(): Promise<void>;
}

export interface ImageLoaderContract {
  readonly title: string;
  readonly make: () => Promise<ImageLoaderUnderTest>;
  readonly need?: (context: TestContext) => void | Promise<void>;
}

/** Registers the suite. */
export function imageLoaderContract({ title, make, need }: ImageLoaderContract): void {
  describe(title, () => {
    let subject: ImageLoaderUnderTest | undefined;
    const use = (): ImageLoaderUnderTest => {
      if (!subject) throw new Error('there is nothing to test');
      return subject;
    };
    const { signal } = new AbortController();
    let reports: Progress[] = [];
    const task = { signal, report: (progress: Progress): unknown => reports.push(progress) };

    beforeEach(async (context) => {
      await need?.(context);
      reports = [];
      subject ??= await make();
    });
    afterAll(() => subject?.dispose());

    test('an image that was never loaded is not present', async () => {
      const { loader, nodes, image } = use();
      expect(await loader.present({ references: [await image('never', '1')], nodes }, signal)).toEqual([]);
    });

    test('what is loaded is present on every node, and loading it again sends nothing', async () => {
      const { loader, nodes, image } = use();
      const references = [await image('one', '1'), await image('two', '2')];
      const everywhere = references.flatMap((reference) => nodes.map((node) => ({ reference, node })));
      const loads = await loader.load({ references, nodes }, task);
      expect(loads).toHaveLength(everywhere.length);
      expect(loads.every(({ outcome, sentBytes }) => outcome === 'loaded' && sentBytes > 0)).toBe(true);
      const present = await loader.present({ references, nodes }, signal);
      expect(present).toHaveLength(everywhere.length);
      expect(present).toEqual(expect.arrayContaining(everywhere));
      const again = await loader.load({ references, nodes }, task);
      expect(again.map(({ outcome, sentBytes }) => [outcome, sentBytes])).toEqual(
        everywhere.map(() => ['present', 0]),
      );
    });

    test('an image that was made anew under the same name is not present until it is loaded again', async () => {
      const { loader, nodes, image } = use();
      const references = [await image('anew', 'old')];
      await loader.load({ references, nodes }, task);
      await image('anew', 'new');
      expect(await loader.present({ references, nodes }, signal)).toEqual([]);
      const loads = await loader.load({ references, nodes }, task);
      expect(loads.map(({ outcome }) => outcome)).toEqual(nodes.map(() => 'loaded'));
      expect(await loader.present({ references, nodes }, signal)).toHaveLength(nodes.length);
    });

    test('of an image with a changed top layer no more than that layer is sent', async () => {
      const { loader, nodes, image } = use();
      const references = [await image('top', 'base', 'middle', 'first')];
      const first = await loader.load({ references, nodes }, task);
      await image('top', 'base', 'middle', 'second');
      const second = await loader.load({ references, nodes }, task);
      expect(second.map(({ outcome, layers }) => ({ outcome, layers }))).toEqual(
        nodes.map(() => ({ outcome: 'loaded', layers: { sent: 1, total: 3 } })),
      );
      for (const [index, { sentBytes, imageBytes }] of second.entries()) {
        expect(sentBytes).toBeLessThan(first[index]!.sentBytes / 2);
        expect(imageBytes).toBeGreaterThan(200_000);
      }
      expect(await loader.present({ references, nodes }, signal)).toHaveLength(nodes.length);
    });

    test('going back to an earlier version sends no layer', async () => {
      const { loader, nodes, image } = use();
      const references = [await image('back', 'one')];
      const kept = [await image('kept', 'one')];
      await loader.load({ references: [...references, ...kept], nodes }, task);
      await image('back', 'two');
      await loader.load({ references, nodes }, task);
      await image('back', 'one');
      const loads = await loader.load({ references, nodes }, task);
      expect(loads.map(({ layers }) => layers?.sent)).toEqual(nodes.map(() => 0));
    });

    test('a layer that two images share is sent to each node once', async () => {
      const { loader, nodes, image } = use();
      const references = [await image('left', 'shared', 'l'), await image('right', 'shared', 'r')];
      const loads = await Promise.all(
        references.map((reference) => loader.load({ references: [reference], nodes }, task)),
      );
      const sent = loads.flat().reduce((sum, { layers }) => sum + (layers?.sent ?? Number.NaN), 0);
      expect(sent).toBe(3 * nodes.length);
      expect(await loader.present({ references, nodes }, signal)).toHaveLength(2 * nodes.length);
    });

    test('only the missing one of two is sent', async () => {
      const { loader, nodes, image } = use();
      const [known, fresh] = [await image('known', '1'), await image('fresh', '2')];
      await loader.load({ references: [known], nodes }, task);
      const loads = await loader.load({ references: [known, fresh], nodes }, task);
      const outcomes = nodes.flatMap(() => [
        [known, 'present'],
        [fresh, 'loaded'],
      ]);
      expect(loads.map(({ reference, outcome }) => [reference, outcome]).sort()).toEqual(outcomes.sort());
    });

    test('how far it is never goes past what there is to send', async () => {
      const { loader, nodes, image } = use();
      await loader.load({ references: [await image('far', 'a', 'b')], nodes }, task);
      const counted = reports.filter(({ total }) => total !== undefined);
      expect(counted.length).toBeGreaterThan(0);
      expect(counted.every(({ done, total, unit }) => done! <= total! && unit === 'bytes')).toBe(true);
    });

    test('an image that the engine does not have is a load failure that names it', async () => {
      const { loader, nodes } = use();
      await expect(
        loader.load({ references: ['slipway.local/nobody:1'], nodes }, task),
      ).rejects.toMatchObject({
        code: 'load',
        message: expect.stringContaining('slipway.local/nobody:1'),
      });
      expect(await loader.present({ references: ['slipway.local/nobody:1'], nodes }, signal)).toEqual([]);
    });

    test('a load that was stopped is interrupted', async () => {
      const { loader, nodes, image } = use();
      const references = [await image('stopped', '1')];
      await expect(
        loader.load({ references, nodes }, { ...task, signal: AbortSignal.abort() }),
      ).rejects.toMatchObject({
        code: 'interrupted',
      });
    });

    test('nothing to load is done at once', async () => {
      expect(await use().loader.load({ references: [], nodes: use().nodes }, task)).toEqual([]);
    });
  });
}
