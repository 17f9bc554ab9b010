// Pure: what `go version -m` prints of programs: the modules that the compiler wrote into each.
//
//   /cache/kind: go1.26.8
//   	mod	sigs.k8s.io/kind	v0.33.0	h1:…
//   	dep	k8s.io/api	v0.0.0
//   	=>	k8s.io/api	v0.34.4	h1:…          what the line above was replaced by

import type { Component } from './material.ts';
import { goUrl } from './package-url.ts';

/** Go's word for sources that come from no registry. */
const OURS = '(devel)';

/** The components of each program by its path, as printed; Go's own library is one of them. */
export function parseGoBuildInfo(lines: readonly string[]): Map<string, Component[]> {
  const programs = new Map<string, Component[]>();
  let components: Component[] = [];
  for (const line of lines) {
    const program = /^(\S.*): go(\d\S*)/.exec(line);
    if (program) {
      components = [goModule('Go module', 'stdlib', program[2]!)];
      programs.set(program[1]!, components);
      continue;
    }
    const [, word, path, version = OURS, h1] = line.split('\t');
    if (path === undefined) continue;
    if (word === 'mod') components.push(goModule('Go program', path, version, h1));
    else if (word === 'dep') components.push(goModule('Go module', path, version, h1));
    else if (word === '=>') {
      const replaced = components.pop();
      if (replaced === undefined) continue;
      const replaces = `${replaced.name}@${replaced.version}`;
      components.push({ ...goModule(replaced.kind, path, version, h1), replaces });
    }
  }
  return programs;
}

function goModule(kind: Component['kind'], name: string, version: string, h1?: string): Component {
  const purl = version === OURS ? undefined : goUrl(name, version);
  return { kind, name, version, purl, h1: h1 === '' ? undefined : h1 };
}
