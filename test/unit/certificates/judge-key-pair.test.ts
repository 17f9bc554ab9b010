import { describe, expect, test } from 'vitest';
import { judgeKeyPair } from '../../../src/certificates/judge-key-pair.ts';
import { selfSigned } from '../../support/self-signed.ts';

const pair = selfSigned('todo.local');
const other = selfSigned('todo.local');
const judge = (crt: string, key: string, host = 'todo.local', nowMs?: number): string | undefined =>
  judgeKeyPair(
    { 'tls.crt': Buffer.from(crt).toString('base64'), 'tls.key': Buffer.from(key).toString('base64') },
    nowMs === undefined ? { host } : { host, nowMs },
  );

describe('judgeKeyPair', () => {
  test('is content with a certificate for the host and its key', () => {
    expect(judge(pair.certificate, pair.key)).toBeUndefined();
  });

  test('names the names when the certificate is for another host', () => {
    expect(judge(pair.certificate, pair.key, 'api.local')).toBe(
      'the certificate is for DNS:todo.local, not for api.local',
    );
  });

  test('finds the key of another certificate', () => {
    expect(judge(pair.certificate, other.key)).toBe('tls.key is not its key');
  });

  test('finds a certificate that is not valid yet or any more', () => {
    const dayMs = 86_400_000;
    expect(judge(pair.certificate, pair.key, 'todo.local', Date.now() + 2 * dayMs)).toMatch(
      /^the certificate is valid from/,
    );
    expect(judge(pair.certificate, pair.key, 'todo.local', Date.now() - 2 * dayMs)).toMatch(
      /^the certificate is valid from/,
    );
  });

  test('says what is missing or unreadable, and shows no key', () => {
    expect(judgeKeyPair({}, { host: 'todo.local' })).toBe('the Secret has no tls.crt or no tls.key');
    expect(judge('nonsense', pair.key)).toBe('tls.crt is no certificate');
    expect(judge(pair.certificate, 'nonsense')).toBe('tls.key is no private key');
  });
});
