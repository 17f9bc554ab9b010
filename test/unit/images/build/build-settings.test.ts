import { expect, test } from 'vitest';
import { connectionNpmrc } from '../../../../src/images/build/build-settings.ts';

test('only what reaches a registry is taken over', () => {
  const config = {
    registry: 'https://packages.example/npm/',
    '@team:registry': 'https://packages.example/team/',
    'strict-ssl': true,
    'save-exact': true,
    cafile: '/etc/npm/ca.pem',
    userconfig: '/etc/npm/.npmrc',
  };
  expect(connectionNpmrc(config, '/etc/ca.crt')).toBe(
    '@team:registry=https://packages.example/team/\n' +
      'cafile=/etc/ca.crt\n' +
      'registry=https://packages.example/npm/\n' +
      'strict-ssl=true\n',
  );
});

test('no password gets into an image, in whatever setting it is', () => {
  const config = {
    '//packages.example/:_authToken': 'geheim',
    _auth: 'geheim',
    registry: 'https://me:geheim@packages.example/',
    'https-proxy': 'http://me:geheim@proxy.example:3128',
  };
  expect(connectionNpmrc(config, undefined)).toBe('');
});

test('settings without a value are left out', () => {
  expect(connectionNpmrc({ proxy: null, noproxy: [''], 'https-proxy': '' }, undefined)).toBe('');
  expect(connectionNpmrc({ noproxy: ['a.example', 'b.example'] }, undefined)).toBe(
    'noproxy=a.example,b.example\n',
  );
});
