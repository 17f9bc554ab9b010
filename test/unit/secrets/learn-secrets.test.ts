import { expect, test } from 'vitest';
import { learnSecrets, secretVariables } from '../../../src/secrets/learn-secrets.ts';
import { Redactor } from '../../../src/secrets/redact.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

test('what our Secrets hold is hidden from then on, and what others hold is not', async () => {
  const api = new FakeClusterApi();
  const secret = (name: string, value: string, labels: Record<string, string>) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'a', labels } },
    data: { key: btoa(value) },
  });
  api
    .add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } })
    .add(secret('ours', 'our secret', { 'slipway.dev/owner': 'slipway' }))
    .add(secret('theirs', 'their secret', {}));
  const redactor = new Redactor();
  await learnSecrets(api, redactor, new AbortController().signal);
  expect(redactor.redact('our secret and their secret')).toBe('‹secret› and their secret');
});

test('the variables that secrets come from are known', () => {
  expect(
    secretVariables({
      one: { keys: { a: { fromEnv: 'A' }, b: { generate: { bytes: 8 } }, c: { fromEnv: 'C' } } },
      two: { keys: undefined },
    }),
  ).toEqual(['A', 'C']);
});
