import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { ensureSecret, type SecretRequest } from '../../../src/secrets/ensure-secret.ts';
import { Redactor } from '../../../src/secrets/redact.ts';
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
  ensureSecret({ api, spec, owner: 'shop', environment: {}, ...changes }, signal);

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
    const before = applies();
    expect(await ensure()).toEqual({ isNew: false, changedKeys: [] });
    expect(applies()).toEqual(before);
  });

  test('a key that is added leaves the others as they are', async () => {
    await ensure();
    const before = await stored();
    expect((await ensure({ environment: { API_KEY: 'key-of-the-user' } })).changedKeys).toEqual(['api-key']);
    expect(await stored()).toEqual({ ...before, 'api-key': 'key-of-the-user' });
  });

  const without = (...gone: string[]) => ({
    ...spec,
    keys: Object.fromEntries(Object.entries(spec.keys).filter(([key]) => !gone.includes(key))),
  });
  const versionOf = async (): Promise<string | undefined> =>
    (await api.get(reference, signal))?.metadata.annotations?.['slipway.dev/version'];

  test('a variable with another value is followed, and only its key changes', async () => {
    await ensure({ environment: { API_KEY: 'first-key' } });
    const before = await stored();
    const version = await versionOf();
    expect((await ensure({ environment: { API_KEY: 'second-key' } })).changedKeys).toEqual(['api-key']);
    expect(await stored()).toEqual({ ...before, 'api-key': 'second-key' });
    expect(await versionOf()).not.toBe(version);
  });

  test('a variable that is not set says nothing, and an optional one that is set to nothing goes', async () => {
    await ensure({ environment: { API_KEY: 'first-key' } });
    const before = await stored();
    expect((await ensure()).changedKeys).toEqual([]);
    expect(await stored()).toEqual(before);
    expect((await ensure({ environment: { API_KEY: '' } })).changedKeys).toEqual(['api-key']);
    expect(await stored()).not.toHaveProperty('api-key');
  });

  test('a template that was edited is filled anew', async () => {
    await ensure();
    const before = await stored();
    const keys = { ...spec.keys, 'database-url': { template: 'mysql://{{database-password}}@db' } };
    expect((await ensure({ spec: { ...spec, keys } })).changedKeys).toEqual(['database-url']);
    expect((await stored())['database-url']).toBe(`mysql://${before['database-password']}@db`);
  });

  test('a key that is no longer declared goes; a generated value is found again when it is declared again', async () => {
    await ensure({ environment: { API_KEY: 'key-of-the-user' } });
    const before = await stored();
    const fewer = without('database-password', 'database-url');
    expect((await ensure({ spec: fewer })).changedKeys.toSorted()).toEqual([
      'database-password',
      'database-url',
    ]);
    expect(await stored()).toEqual({ 'api-key': 'key-of-the-user' });
    await ensure();
    expect(await stored()).toEqual(before);
  });

  test('only generated values are kept: a token from the environment is nowhere once its key is gone', async () => {
    await ensure({ environment: { API_KEY: 'key-of-the-user' } });
    await ensure({ spec: without('api-key') });
    const texts = JSON.stringify(api.objects);
    expect(texts).not.toContain(btoa('key-of-the-user'));
  });

  test.each([
    ['edited', { 'database-password': btoa('by hand') }],
    ['given a key more', { extra: btoa('by hand') }],
    ['given a key more that is empty', { extra: '' }],
    ['filled with what is no text', { 'database-url': 'gIGC' }],
  ])('a Secret that was %s by hand is put back', async (_title, data) => {
    await ensure();
    const before = await stored();
    const version = await versionOf();
    api.edit({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'todo-secrets', namespace: 'todo' },
      data,
    });
    expect((await ensure()).changedKeys).toEqual(Object.keys(data));
    expect(await stored()).toEqual(before);
    expect(await versionOf()).not.toBe(version);
    expect((await ensure()).changedKeys).toEqual([]);
  });

  test('a Secret that was deleted by hand comes back with the same passwords', async () => {
    await ensure();
    const before = await stored();
    api.remove(reference);
    expect(await ensure()).toMatchObject({ isNew: true });
    expect(await stored()).toEqual(before);
  });

  test('broken off between its two writes, nothing that was generated is lost', async () => {
    const stop = new AbortController();
    const apply = api.apply.bind(api);
    api.apply = async (object, options) => {
      const done = await apply(object, options);
      stop.abort();
      return done;
    };
    await expect(ensureSecret({ api, spec, owner: 'shop', environment: {} }, stop.signal)).rejects.toThrow();
    const [password] = api.objects.flatMap(({ data }) =>
      Object.values((data ?? {}) as Record<string, string>),
    );
    api.apply = apply;
    await ensure();
    expect((await stored())['database-password']).toBe(atob(password!));
  });

  test.each(['constructor', 'toString', 'hasOwnProperty'])(
    'a key, a reference and a variable named %s',
    async (name) => {
      const keys = {
        [name]: { generate: { bytes: 8 } },
        url: { template: `x{{${name}}}` },
        token: { fromEnv: name, optional: true },
      };
      await ensure({ spec: { ...spec, keys } });
      const values = await stored();
      expect(values[name]).toMatch(/^[\w-]{11}$/);
      expect(values).toEqual({ [name]: values[name], url: `x${values[name]}` });
      const missing = { url: { template: `{{${name}}}` }, token: { fromEnv: name } };
      await expect(ensure({ spec: { ...spec, name: 'other', keys: missing } })).rejects.toMatchObject({
        details: [`token: the variable ${name} is not set`, `url: there is no key ${name}`],
      });
    },
  );

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
