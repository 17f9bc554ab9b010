// A project folder in a temporary place with the real bootstrap and a fake npm on PATH.

import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const nodePackage = `node-${process.platform}-${process.arch}`;

// Installs what the lockfile names, as npm ci does: wipes first, writes its own record last.
const fakeNpm = `#!/bin/sh
echo "$@" >> npm-calls
[ -e offline ] && { echo 'npm error code ENOTFOUND' >&2; echo 'npm error network no such host' >&2; exit 1; }
rm -rf node_modules/*; mkdir -p node_modules/zod node_modules/.bin
while [ -e hold ]; do sleep 0.02; done
echo '{}' > node_modules/zod/package.json
mkdir -p node_modules/${nodePackage}/bin
printf '#!/bin/sh\\necho v24.21.0\\n' > node_modules/${nodePackage}/bin/node
[ -e unlinked ] || { chmod +x node_modules/${nodePackage}/bin/node; ln -s ../${nodePackage}/bin/node node_modules/.bin/node; }
cp package-lock.json node_modules/.package-lock.json
`;

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

export class FakeProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'slipway-bootstrap-'));

  constructor() {
    cpSync('scripts/bootstrap', this.path('scripts/bootstrap'), { recursive: true });
    for (const name of ['bootstrap.mjs', 'bootstrap.sh'])
      cpSync(`scripts/${name}`, this.path(`scripts/${name}`));
    mkdirSync(this.path('scripts/pinned-node'));
    const pins = { optionalDependencies: { [nodePackage]: '24.21.0' } };
    writeFileSync(this.path('scripts/pinned-node/package.json'), JSON.stringify(pins));
    this.writeManifest({ scripts: {} });
    this.writeLockfile('4.6.7');
    mkdirSync(this.path('bin'));
    writeFileSync(this.path('bin/npm'), fakeNpm);
    chmodSync(this.path('bin/npm'), 0o755);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  writeManifest(extra: object): void {
    const manifest = {
      dependencies: { zod: '4.6.7' },
      ...extra,
    };
    writeFileSync(this.path('package.json'), JSON.stringify(manifest));
  }

  writeLockfile(zodVersion: string): void {
    const packages = {
      '': {},
      'node_modules/zod': { version: zodVersion, integrity: `sha512-${zodVersion}` },
    };
    writeFileSync(this.path('package-lock.json'), JSON.stringify({ packages }));
  }

  /** While it exists, the fake npm: does not come to an end; fails as without a network; links no Node, as npm 10. */
  flag(name: 'hold' | 'offline' | 'unlinked', on: boolean): void {
    if (on) writeFileSync(this.path(name), '');
    else rmSync(this.path(name));
  }

  npmCalls(): number {
    return countLines(this.path('npm-calls'));
  }

  /** What comes first, as npm starts it: with this Node under the name `node`, which is counted. */
  runFirst(): Promise<Ended> {
    const node = `#!/bin/sh\necho "$@" >> node-calls\nexec ${process.execPath} "$@"\n`;
    writeFileSync(this.path('bin/node'), node, { mode: 0o755 });
    return this.start('sh', 'scripts/bootstrap.sh').ended;
  }

  nodeCalls(): number {
    return countLines(this.path('node-calls'));
  }

  start(
    program = process.execPath,
    script = 'scripts/bootstrap.mjs',
  ): { process: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(program, [script], {
      cwd: this.folder,
      env: { PATH: `${this.path('bin')}:/usr/bin:/bin` },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code) => resolve({ code, stderr }));
    });
    return { process: child, ended };
  }

  run(): Promise<Ended> {
    return this.start().ended;
  }

  async untilNpmRuns(): Promise<void> {
    for (const deadline = Date.now() + 5000; this.npmCalls() === 0;) {
      if (Date.now() > deadline) throw new Error('npm was not started within 5 s');
      await sleep(10);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function countLines(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}
