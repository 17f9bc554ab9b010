import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  readKindKubeconfig,
  readPlainKubeconfig,
} from '../../../../src/kubernetes/client/plain-kubeconfig.ts';

const pem = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n';
const cluster = { server: 'https://127.0.0.1:6443', 'certificate-authority-data': btoa(pem) };
const user = { 'client-certificate-data': btoa('cert'), 'client-key-data': btoa('key') };

function config(changes: { cluster?: object; user?: object; context?: string } = {}) {
  return {
    'current-context': changes.context ?? 'kind-todo',
    contexts: [
      { name: 'other', context: { cluster: 'none', user: 'none' } },
      { name: 'kind-todo', context: { cluster: 'c', user: 'u' } },
    ],
    clusters: [{ name: 'c', cluster: changes.cluster ?? cluster }],
    users: [{ name: 'u', user: changes.user ?? user }],
  };
}

describe('readPlainKubeconfig', () => {
  test('reads what kind writes', () => {
    expect(readPlainKubeconfig(config())).toEqual({
      server: 'https://127.0.0.1:6443',
      ca: pem,
      certificate: 'cert',
      key: 'key',
      token: undefined,
      serverName: undefined,
    });
  });

  test('reads a token', () => {
    expect(readPlainKubeconfig(config({ user: { token: 't' } }))).toMatchObject({ token: 't' });
  });

  test.each([
    ['a login plugin', config({ user: { exec: { command: 'login' } } })],
    ['a certificate file', config({ user: { 'client-certificate': '/c', 'client-key': '/k' } })],
    ['a proxy', config({ cluster: { ...cluster, 'proxy-url': 'http://p' } })],
    ['switched-off verification', config({ cluster: { ...cluster, 'insecure-skip-tls-verify': true } })],
    ['a context that names no cluster', config({ context: 'other' })],
    ['a context that is not there', config({ context: 'gone' })],
    ['an address that is none', config({ cluster: { server: 'no url' } })],
    ['a text', 'hello'],
    ['nothing', undefined],
  ])('leaves %s to client-node', (_, value) => {
    expect(readPlainKubeconfig(value)).toBeUndefined();
  });
});

describe('readKindKubeconfig', () => {
  const text = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${btoa(pem)}
    server: https://127.0.0.1:6443
  name: kind-todo
contexts:
- context:
    cluster: kind-todo
    user: kind-todo
  name: kind-todo
current-context: kind-todo
kind: Config
users:
- name: kind-todo
  user:
    client-certificate-data: ${btoa('cert')}
    client-key-data: ${btoa('key')}
`;

  test('reads the same as a parser of YAML', () => {
    expect(readKindKubeconfig(text)).toEqual(readPlainKubeconfig(parse(text)));
  });

  test.each([
    ['another name', text.replace('current-context: kind-todo', 'current-context: other')],
    ['a second cluster', text.replace('contexts:', '- cluster:\n    server: https://other\ncontexts:')],
    ['a field that it does not know', text.replace('kind: Config', 'kind: Config\npreferences: {}')],
    ['a quoted value', text.replace('https://127.0.0.1:6443', '"https://127.0.0.1:6443"')],
    ['a comment', `# mine\n${text}`],
    ['no server', text.replace(/ +server: .*\n/, '')],
  ])('leaves a text with %s to others', (_what, other) => {
    expect(readKindKubeconfig(other)).toBeUndefined();
  });
});
