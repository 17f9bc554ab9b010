import { expect, test } from 'vitest';
import { credentialIn, namesCredential } from '../../../src/policy/credential-words.ts';

const known = new Set(['todo-secrets', 'database-url']);

test.each([
  ...['PASSWORD', 'redisPassword', 'database-password', 'API_KEY', 'apiKey', 'OPENAI_API_KEY', 'secretKey'],
  ...['BETTER_AUTH_SECRET', 'githubToken', 'JWTSecret', 'clientCredentials', 'PGPASS'.replace('PG', 'PG_')],
])('%s names a credential', (name) => {
  expect(namesCredential(name)).toBe(true);
});

test.each([
  ...['PASSWORD_FILE', 'secretName', 'tokenTTL', 'TOKEN_TTL_SECONDS', 'secretKeyRef', 'tokenAudience', 'key'],
  ...[
    'automountServiceAccountTokenEnabled',
    'passwordPolicy',
    'port',
    'keyboard',
    'secretsStore',
    'tokenizer',
    '',
  ],
])('%s does not', (name) => {
  expect(namesCredential(name)).toBe(false);
});

test.each([
  ['URL', 'postgresql://todo:hunter2@db:5432/todo', 'a URL with a password'],
  ['URL', 'redis://:hunter2@redis:6379', 'a URL with a password'],
  ['NOTE', '-----BEGIN EC PRIVATE KEY-----\nMHc=', 'a private key'],
  ['NOTE', `sk-${'a'.repeat(24)}`, 'an access key'],
  ['PASSWORD', 12345678, 'a value for what its name calls a credential'],
])('%s: %s is found', (name, value, found) => {
  expect(credentialIn(name, value, known)).toBe(found);
});

test.each([
  ['URL', 'postgresql://todo@db:5432/todo'],
  ['URL', 'postgresql://todo:$(PASSWORD)@db:5432/todo'],
  ['URL', 'http://backend-svc:8000/a@b'],
  ['PASSWORD', ''],
  ['PASSWORD', '$(OTHER)'],
  ['SECRET', 'todo-secrets'],
  ['TOKEN', '/var/run/secrets/token'],
  ['TOKEN', true],
  ['TOKEN', 'disabled'],
  ['NOTE', 'ask for the password'],
])('%s: %s is no credential in plain text', (name, value) => {
  expect(credentialIn(name, value, known)).toBeUndefined();
});
