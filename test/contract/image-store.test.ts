import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { FakeImageStore } from '../fakes/image-store.ts';
import { imageStoreContract } from './image-store.contract.ts';

imageStoreContract({
  title: 'FakeImageStore',
  make: async () => new FakeImageStore(),
  prefix: 'slipway.local/test-fake',
});

describe('FakeImageStore', () => {
  const { signal } = new AbortController();

  test('fails once when told to', async () => {
    const store = new FakeImageStore();
    store.add('x:1');
    store.failNext('find', new Failure('engine', 'gone'));
    await expect(store.find('x:1', signal)).rejects.toThrow('gone');
    expect(await store.find('x:1', signal)).toBeDefined();
  });

  test('keeps an image that a container uses', async () => {
    const store = new FakeImageStore();
    store.add('x:1');
    store.use('x:1');
    expect(await store.remove('x:1', signal)).toBe('in-use');
    expect(store.references).toEqual(['x:1']);
  });
});
