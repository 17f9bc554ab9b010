// What every ImageLoader keeps.

import { afterAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import type { ImageLoader } from '../../scripts/image/image-loader.ts';
import type { Progress } from '../../scripts/task.ts';

export interface ImageLoaderUnderTest {
  readonly loader: ImageLoader;
  readonly nodes: readonly string[];
  /** Makes (or makes anew, with other content) an image of this name in the engine; gives its reference. */
  image(name: string, content: string): Promise<string>;
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
      const reports = await loader.load({ references, nodes }, task);
      expect(reports).toHaveLength(everywhere.length);
      expect(reports.every(({ outcome, sentBytes }) => outcome === 'loaded' && sentBytes > 0)).toBe(true);
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
      const references = [await image('anew', '1')];
      await loader.load({ references, nodes }, task);
      await image('anew', '2');
      expect(await loader.present({ references, nodes }, signal)).toEqual([]);
      const reports = await loader.load({ references, nodes }, task);
      expect(reports.map(({ outcome }) => outcome)).toEqual(nodes.map(() => 'loaded'));
      expect(await loader.present({ references, nodes }, signal)).toHaveLength(nodes.length);
    });

    test('only the missing one of two is sent', async () => {
      const { loader, nodes, image } = use();
      const [known, fresh] = [await image('known', '1'), await image('fresh', '1')];
      await loader.load({ references: [known], nodes }, task);
      const reports = await loader.load({ references: [known, fresh], nodes }, task);
      expect(reports.map(({ reference, outcome }) => [reference, outcome]).sort()).toEqual(
        nodes
          .flatMap(
            () =>
              [
                [known, 'present'],
                [fresh, 'loaded'],
              ] as const,
          )
          .sort(),
      );
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
