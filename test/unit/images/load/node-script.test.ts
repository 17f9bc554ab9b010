import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findSnapshotter, NODE_SCRIPT, parseNodeFacts } from '../../../../src/images/load/node-script.ts';
import { ZxCommandRunner } from '../../../../src/process/zx-command-runner.ts';

const LAYERS = 300;

/** A containerd with so much in it that no listing fits into one write to a pipe. */
const fullNode = `#!/bin/sh
numbers() { awk 'BEGIN { for (i = 1; i <= ${LAYERS}; i++) printf "sha256:%064d\\n", i }'; }
case "$*" in
  *snapshots*) echo 'KEY PARENT KIND'; numbers | sed 's/$/ sha256:0 Committed/'; echo 'live sha256:0 Active' ;;
  *content\\ ls*) numbers ;;
  *images\\ ls*) echo 'REF TYPE DIGEST SIZE PLATFORMS LABELS' ;;
esac
`;

test('the listings of a node with many layers arrive whole, every time', async () => {
  await using cleaning = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-node-'));
  cleaning.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'ctr'), fullNode);
  await chmod(join(folder, 'ctr'), 0o755);
  const env = { PATH: `${folder}:${process.env['PATH']}` };
  const commands = new ZxCommandRunner({ env });
  for (let round = 0; round < 8; round += 1) {
    const { stdout } = await commands.run({ program: 'sh', args: ['-c', NODE_SCRIPT, 'sh', 'name'] });
    const { chains, blobs } = parseNodeFacts(stdout.split('\n')).layers;
    const broken = [...chains, ...blobs].filter((name) => !/^sha256:\d{64}$/.test(name));
    expect({ chains: chains.size, blobs: blobs.size, broken }).toEqual({
      chains: LAYERS,
      blobs: LAYERS,
      broken: [],
    });
  }
});

test.each([
  ['[plugins."io.containerd.grpc.v1.cri".containerd]\n  snapshotter = "native"\n', 'native'],
  ['[plugins.zfs]\nsnapshotter = "zfs"\n', undefined],
  ['', undefined],
])('the snapshotter of %j', (settings, snapshotter) => {
  expect(findSnapshotter(settings)).toBe(snapshotter);
});
