import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chainIds, missingLayers } from '../../../../src/images/load/layer-chain.ts';

const digest = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const layer = (name: string) => ({ digest: digest(`${name} zipped`), diffId: digest(name) });
const stack = ['a', 'b', 'c'].map(layer);
const chains = chainIds(stack.map(({ diffId }) => diffId));
const node = (has: { chains?: string[]; blobs?: string[] }) => ({
  chains: new Set(has.chains ?? []),
  blobs: new Set(has.blobs ?? []),
});

test('a chain id covers the layer and all below it', () => {
  expect(chains).toEqual([
    digest('a'),
    digest(`${digest('a')} ${digest('b')}`),
    digest(`${digest(`${digest('a')} ${digest('b')}`)} ${digest('c')}`),
  ]);
  expect(chainIds([])).toEqual([]);
});

describe('missingLayers', () => {
  test('everything of an image that the node has never seen', () => {
    expect(missingLayers(stack, node({}))).toEqual(stack);
  });

  test('nothing of one that is unpacked, with or without archives', () => {
    expect(missingLayers(stack, node({ chains }))).toEqual([]);
  });

  test('what lies above the highest layer that is unpacked', () => {
    expect(missingLayers(stack, node({ chains: [chains[1]!] }))).toEqual([stack[2]]);
  });

  test('the same layer on top of another one counts as not there', () => {
    expect(missingLayers([layer('other'), ...stack.slice(1)], node({ chains }))).toHaveLength(3);
  });

  test('not those whose archives are stored', () => {
    expect(missingLayers(stack, node({ blobs: [stack[1]!.digest] }))).toEqual([stack[0], stack[2]]);
  });

  test('a layer that stands in the image twice once', () => {
    expect(missingLayers([stack[0]!, stack[1]!, stack[0]!], node({}))).toEqual([stack[0], stack[1]]);
  });

  test('what is sent and what is there make the image whole', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 8 });
    fc.assert(
      fc.property(names, fc.nat(8), fc.nat(255), (all, unpackedCount, storedBits) => {
        const layers = all.map(layer);
        const known = chainIds(layers.map(({ diffId }) => diffId)).slice(0, unpackedCount);
        const blobs = layers.filter((_, index) => storedBits & (1 << index)).map((entry) => entry.digest);
        const sent = new Set(
          missingLayers(layers, node({ chains: known, blobs })).map((entry) => entry.digest),
        );
        for (const [index, entry] of layers.entries()) {
          const ways = [index < known.length, blobs.includes(entry.digest), sent.has(entry.digest)];
          expect(ways).toContain(true);
          // Never one that is there.
          expect(ways[2] && (ways[0] || ways[1])).toBe(false);
        }
      }),
    );
  });
});
