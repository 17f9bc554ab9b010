// Takes away what a kind cluster consists of in the container engine: containers, their volumes, its network.

import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../failure.ts';
import { allOrNone } from '../../process/all-or-none.ts';
import type { Task } from '../../task.ts';
import type { KindEngine } from './kind-engine.ts';
import { type KindContainer, nodeNames } from './kind-node-list.ts';

/**
 * Removes a cluster and proves that nothing of it is left. Returns a sentence when its network was kept because others
 * use it. Nodes are ended and removed while they leave the network and it is removed: one after the other it takes a
 * third longer.
 */
export async function removeKindCluster(
  engine: KindEngine,
  cluster: string,
  { signal, report }: Task,
): Promise<string | undefined> {
  const containers = await engine.containers(cluster, signal);
  if (containers.length > 0) report({ text: `deleting ${nodeNames(containers).join(', ')}` });
  const volumes = await volumesOf(engine, containers, signal);
  await allOrNone(signal, (scope) => [
    endNodes(engine, containers, scope).then(() => removeContainers(engine, containers, scope)),
    // Decided below: what still holds on to the network may be a node that is only going.
    leaveNetwork(engine, cluster, containers, scope).then(() =>
      removeNetwork(engine, cluster, scope).catch(ignoreFailure),
    ),
  ]);
  report({ text: 'verifying that nothing of it is left' });
  const [still, present, kept] = await allOrNone(signal, (scope) => [
    engine.containers(cluster, scope),
    engine.docker(['volume', 'ls', '--quiet'], scope),
    removeNetwork(engine, cluster, scope),
  ]);
  if (still.length > 0) {
    throw new Failure('cluster', `${cluster} is deleted, but ${nodeNames(still).join(', ')} came back`, {
      hint: 'Is another run at work on the same cluster?',
    });
  }
  const left = present.split('\n').filter((volume) => volumes.includes(volume));
  if (left.length > 0) await engine.docker(['volume', 'rm', ...left], signal);
  return kept;
}

/**
 * Removes what there is of a cluster whose making was broken off, until there has been nothing for `settleMs`: the engine
 * may still be at work for a client that is gone.
 */
export async function removeUntilGone(
  engine: KindEngine,
  cluster: string,
  { settleMs, signal }: { readonly settleMs: number; readonly signal: AbortSignal },
): Promise<void> {
  let cleanSince: number | undefined;
  for (;;) {
    const lookedAt = Date.now();
    const containers = await engine.containers(cluster, signal);
    if (containers.length > 0) {
      cleanSince = undefined;
      await removeContainers(engine, containers, signal);
      continue;
    }
    cleanSince ??= lookedAt;
    // A look decides, not the clock: on a busy machine the whole time may pass between two looks.
    if (lookedAt - cleanSince >= settleMs) break;
    await delay(settleMs / 10, undefined, { signal });
  }
  await removeNetwork(engine, cluster, signal);
}

/** A node that cannot be ended by itself is left to its removal. */
async function endNodes(
  engine: KindEngine,
  containers: readonly KindContainer[],
  signal: AbortSignal,
): Promise<void> {
  const running = containers.filter(({ isRunning }) => isRunning).map(({ name }) => name);
  if (running.length > 0) await engine.docker(['kill', ...running], signal).catch(ignoreFailure);
}

async function leaveNetwork(
  engine: KindEngine,
  cluster: string,
  containers: readonly KindContainer[],
  signal: AbortSignal,
): Promise<void> {
  const leave = ['network', 'disconnect', '--force', engine.networkName(cluster)];
  await allOrNone(signal, (scope) =>
    containers.map(({ name }) => engine.docker([...leave, name], scope).catch(ignoreFailure)),
  );
}

/** The volumes that these containers use. */
async function volumesOf(
  engine: KindEngine,
  containers: readonly KindContainer[],
  signal: AbortSignal,
): Promise<string[]> {
  const format = '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}';
  const names = containers.map((container) => container.name);
  return (await engine.inspect(names, format, signal)).flatMap((line) => line.split(' ').filter(Boolean));
}

async function removeContainers(
  engine: KindEngine,
  containers: readonly KindContainer[],
  signal: AbortSignal,
): Promise<void> {
  if (containers.length === 0) return;
  const names = containers.map((container) => container.name);
  await engine.docker(['rm', '--force', '--volumes', ...names], signal).catch(async (error: unknown) => {
    // Someone else may have removed one in between; that is what was wanted.
    const present = await engine.docker(['ps', '--all', '--format', '{{.Names}}'], signal);
    if (names.some((name) => present.split('\n').includes(name))) throw error;
  });
}

async function removeNetwork(
  engine: KindEngine,
  cluster: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = engine.networkName(cluster);
  const ids = await engine.docker(['network', 'ls', '--quiet', '--filter', `name=^${name}$`], signal);
  if (ids === '') return undefined;
  // Stopped containers count: they could not start again without it.
  const filter = ['--filter', `network=${name}`, '--format', '{{.Names}}'];
  const users = await engine.docker(['ps', '--all', ...filter], signal);
  if (users !== '') return `network ${name} stays: ${users.split('\n').join(', ')} use it`;
  await engine.docker(['network', 'rm', ...ids.split('\n')], signal);
  return undefined;
}

function ignoreFailure(error: unknown): void {
  if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
}
