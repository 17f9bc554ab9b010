import { expect, test } from 'vitest';
import { parseGoBuildInfo } from '../../../src/materials/go-build-info.ts';

const lines = `/c/tool: go1.26.8
	path	example.com/tool/cmd
	mod	example.com/tool	v1.2.0	h1:main=
	dep	github.com/BurntSushi/toml	v1.4.0+incompatible	h1:toml=
	dep	k8s.io/api	v0.0.0
	=>	k8s.io/api	v0.34.4	h1:api=
	dep	example.com/local	v0.7.11
	=>	./local	(devel)	
	build	-trimpath=true
/c/with: sign: go1.25.9 X:boringcrypto
	mod	slipway.local/own	(devel)	
`.split('\n');

test('modules come with version, purl and sum, and Go itself is one of them', () => {
  const programs = parseGoBuildInfo(lines);
  expect([...programs.keys()]).toEqual(['/c/tool', '/c/with: sign']);
  expect(programs.get('/c/tool')?.slice(0, 3)).toEqual([
    { kind: 'Go module', name: 'stdlib', version: '1.26.8', purl: 'pkg:golang/stdlib@1.26.8' },
    {
      ...{ kind: 'Go program', name: 'example.com/tool', version: 'v1.2.0', h1: 'h1:main=' },
      purl: 'pkg:golang/example.com/tool@v1.2.0',
    },
    {
      ...{ kind: 'Go module', name: 'github.com/BurntSushi/toml', version: 'v1.4.0+incompatible' },
      ...{ purl: 'pkg:golang/github.com/burntsushi/toml@v1.4.0%2Bincompatible', h1: 'h1:toml=' },
    },
  ]);
});

test('a replaced module is what came in its place, and says what it replaces', () => {
  expect(parseGoBuildInfo(lines).get('/c/tool')?.slice(3)).toEqual([
    {
      ...{ kind: 'Go module', name: 'k8s.io/api', version: 'v0.34.4', h1: 'h1:api=' },
      ...{ purl: 'pkg:golang/k8s.io/api@v0.34.4', replaces: 'k8s.io/api@v0.0.0' },
    },
    {
      ...{ kind: 'Go module', name: './local', version: '(devel)' },
      replaces: 'example.com/local@v0.7.11',
    },
  ]);
});

test('sources of ours have no purl, and what goes with Go’s version is no part of it', () => {
  expect(parseGoBuildInfo(lines).get('/c/with: sign')).toEqual([
    { kind: 'Go module', name: 'stdlib', version: '1.25.9', purl: 'pkg:golang/stdlib@1.25.9' },
    { kind: 'Go program', name: 'slipway.local/own', version: '(devel)' },
  ]);
});

test('lines of no program, and what is no such output, give nothing', () => {
  expect(parseGoBuildInfo(['', '\t=>\tx\tv1', 'go: something is wrong', '\tdep']).size).toBe(0);
});
