import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../scripts/failure.ts';
import { ensureSecret, type SecretRequest } from '../../../scripts/secret/ensure-secret.ts';
import { Redactor } from '../../../scripts/secret/redact.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const { signal } = new AbortController();
const reference = { apiVersion: 'v1', kind: 'Secret', name: 'todo-secrets', namespace: 'todo' };
const spec = {
  name: 'todo-secrets',
  namespace: 'todo',
  keys: {
    'database-password': { generate: { bytes: 24 } },
    'database-url': { template: 'postgresql://todo:{{database-password}}@postgres/todo' },
    'api-key': { fromEnv: 'API_KEY', optional: true },
  },
} as const;

let api: FakeClusterApi;

beforeEach(() => {
  api = new FakeClusterApi().add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'todo' } });
});

const ensure = (changes: Partial<SecretRequest> = {}) =>
  ensureSecret({ api, spec, environment: {}, ...changes }, signal);

async function stored(): Promise<Record<string, string>> {
  const data = (await api.get(reference, signal))?.['data'] as Record<string, string>;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, atob(value)]));
}

const applies = (): string[] => api.calls.filter((call) => call.startsWith('apply'));

describe('ensureSecret', () => {
  test('makes what is declared, marked as ours', async () => {
    expect(await ensure()).toEqual({ isNew: true, changedKeys: ['database-password', 'database-url'] });
    const values = await stored();
    expect(values['database-url']).toBe(`postgresql://todo:${values['database-password']}@postgres/todo`);
    expect((await api.get(reference, signal))?.metadata.labels).toMatchObject({
      'slipway.dev/owner': 'slipway',
    });
  });

  test('a second time nothing is written', async () => {
    await ensure();
    expect(await ensure()).toEqual({ isNew: false, changedKeys: [] });
    expect(applies()).toHaveLength(1);
  });

  test('a key that is added leaves the others as they are', async () => {
    await ensure();
    const before = await stored();
    expect((await ensure({ environment: { API_KEY: 'key-of-the-user' } })).changedKeys).toEqual(['api-key']);
    expect(await stored()).toEqual({ ...before, 'api-key': 'key-of-the-user' });
  });

  test('a key that is no longer declared stays, for whoever declares it again', async () => {
    await ensure();
    const before = await stored();
    const { 'api-key': key } = spec.keys;
    const fewer = { ...spec, keys: { 'api-key': key } };
    await ensure({ spec: fewer, environment: { API_KEY: 'key-of-the-user' } });
    expect(await stored()).toEqual({ ...before, 'api-key': 'key-of-the-user' });
  });

  test('a Secret of somebody else is refused and not changed', async () => {
    api.add({ ...reference, metadata: { name: 'todo-secrets', namespace: 'todo' } });
    await expect(ensure()).rejects.toMatchObject({ code: 'ownership' });
    expect(applies()).toEqual([]);
  });

  test('every problem is told at once, before anything is written', async () => {
    const keys = { a: { fromEnv: 'A' }, b: { template: '{{x}}' } };
    await expect(ensure({ spec: { ...spec, keys } })).rejects.toMatchObject({
      code: 'secret',
      details: ['a: the variable A is not set', 'b: there is no key x'],
    });
    expect(applies()).toEqual([]);
  });

  test('the redactor learns every value, those that were found too', async () => {
    await ensure();
    const redactor = new Redactor();
    await ensure({ redactor });
    for (const value of Object.values(await stored())) expect(redactor.redact(value)).toBe('‹secret›');
  });

  test('what cannot be reached is told and nothing is assumed', async () => {
    api.failNext(new Failure('cluster', 'no answer'));
    await expect(ensure()).rejects.toMatchObject({ code: 'cluster', message: 'no answer' });
    expect(applies()).toEqual([]);
  });
});
