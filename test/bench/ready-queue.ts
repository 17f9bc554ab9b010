// Releases that need one another and take their time to get ready, against a script that does one after the other.

import { askEngine } from '../../src/engine/ask-engine.ts';
import { findEngineEndpoint } from '../../src/engine/engine-endpoint.ts';
import { nodeImageTargets } from '../../src/images/load/node-image-targets.ts';
import type { Bench, BenchScene, Way } from '../support/bench/bench.ts';
import { ratioOf } from '../support/bench/figures.ts';
import { inTurn, timed } from '../support/bench/in-turn.ts';
import { openSmallReleases } from '../support/bench/small-releases.ts';
import { docker } from '../support/leftovers.ts';
import { openRealTools } from '../support/real-cluster.ts';

const ROUNDS = 3;
/** A root, three that need it, and three for each of those. */
const RELEASES = 13;
const BRANCHES = 3;
const READY_AFTER_SECONDS = 4;
const UP = 'slipway up';
const SCRIPT = 'helm upgrade --install --wait, one by one';

const template = `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  minReadySeconds: ${READY_AFTER_SECONDS}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{ name: pause, image: {{ .Values.text | quote }}, imagePullPolicy: Never }]
`;

export const bench: Bench = {
  name: 'ready-queue',
  title: 'Releases that need one another',
  async run(scene) {
    const { signal, report, commands, env } = scene;
    const { helm } = await openRealTools(signal);
    const needOf = (index: number): number | undefined =>
      index === 0 ? undefined : Math.floor((index - 1) / BRANCHES);
    await using releases = await openSmallReleases(scene, {
      name: 'queue',
      template,
      textForAll: true,
      needOf,
    });
    report('making the cluster');
    await releases.declare(0, '');
    await releases.slipway('up');
    const image = await pauseImage(releases.cluster, scene);
    await releases.declare(RELEASES, image);
    const names = Array.from({ length: RELEASES }, (_, index) => `app-${index}`);
    const runHelm = async (args: readonly string[]): Promise<void> => {
      const flags = ['--kubeconfig', releases.kubeconfigFile];
      await commands.run({ program: helm, args: [...args, ...flags], cwd: releases.folder, env, signal });
    };
    // Not by helm: with --wait it gives up on pods that take their time (https://github.com/helm/helm/issues/31766).
    const remove = async (namespace: string): Promise<void> => {
      const kubectl = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];
      const node = `${releases.cluster}-control-plane`;
      await docker('exec', node, ...kubectl, 'delete', 'namespace', namespace, '--wait');
    };
    const ways = await inTurn({
      ...{ rounds: ROUNDS, signal, report },
      ways: {
        [UP]: async () => {
          const took = await timed(() => releases.slipway('up'));
          await remove('queue');
          return took;
        },
        [SCRIPT]: async () => {
          const took = await timed(async () => {
            for (const name of names) {
              const place = ['--namespace', 'script', '--create-namespace'];
              await runHelm([
                'upgrade',
                '--install',
                name,
                'chart',
                ...place,
                '--set',
                `text=${image}`,
                '--wait',
              ]);
            }
          });
          await remove('script');
          return took;
        },
      },
    });
    const [ours, theirs] = ways as [Way, Way];
    const ratio = ratioOf(theirs, ours);
    return {
      about: [
        `${RELEASES} releases of one pod each, ready ${READY_AFTER_SECONDS} s after they run: one that three need, and three`,
        'for each of those. The cluster and the image are there. The script does them in an order that fits.',
      ].join('\n'),
      series: [{ title: 'Until all are ready', unit: 'ms', against: UP, ways }],
      goals: [{ text: `faster than the script: ${ratio.toFixed(1)} times`, isMet: ratio > 1 }],
    };
  },
};

/** The one image that every node has and that runs for ever. */
async function pauseImage(cluster: string, { env, signal }: BenchScene): Promise<string> {
  const endpoint = await findEngineEndpoint({ env, homeFolder: env['HOME'] ?? '' });
  const path = `/containers/${cluster}-control-plane/json`;
  const { State } = (await askEngine(endpoint, path, signal)) as { State: { Pid: number } };
  const targets = await nodeImageTargets(`/proc/${State.Pid}/root/run/containerd/containerd.sock`, signal);
  const image = [...targets.keys()].find((name) => /\/pause:/.test(name));
  if (image === undefined) throw new Error('the node has no image called pause');
  return image;
}
