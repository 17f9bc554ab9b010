import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterSpec } from '../../../../src/cluster/cluster-driver.ts';
import { KindDriver } from '../../../../src/cluster/kind/kind-driver.ts';
import type { Failure } from '../../../../src/failure.ts';
import type { Command } from '../../../../src/process/command-runner.ts';
import type { Progress } from '../../../../src/task.ts';
import { inTurn, ProgramAnswers } from '../../../fakes/program-answers.ts';

const { signal } = new AbortController();
const node = 'todo-control-plane\tcontrol-plane\trunning\t127.0.0.1:8080->80/tcp\n';
const deadNode = 'todo-control-plane\tcontrol-plane\texited\t\n';
let folder: string;
let spec: ClusterSpec;
let commands: ProgramAnswers;
let driver: KindDriver;
let reports: Progress[];
const task = { signal, report: (progress: Progress) => void reports.push(progress) };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kind-driver-'));
  reports = [];
  spec = {
    name: 'todo',
    configFile: join(folder, 'cluster.yaml'),
    nodeImage: 'slipway.local/node-image:sha-0123456789ab',
    ports: [{ name: 'http', containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1' }],
    kubeconfigFile: join(folder, 'state', 'kubeconfig'),
  };
  const config = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{role: control-plane}]\n';
  await writeFile(spec.configFile, config);
  commands = new ProgramAnswers()
    .answer('docker ps --all --no-trunc', '')
    .answer('docker network ls', '')
    .answer('docker volume ls', '');
  driver = new KindDriver({ commands, kind: async () => 'kind', docker: 'docker', settleMs: 20 });
});
afterEach(() => rm(folder, { recursive: true }));

test('kind gets the finished config on its input, a network of the cluster’s own, and the kubeconfig’s path', async () => {
  let asked: Command | undefined;
  commands.answer('kind create', async (command) => {
    asked = command;
    await writeFile(spec.kubeconfigFile, 'apiVersion: v1', { mode: 0o644 });
    return ' • Preparing nodes 📦  ...\n ✓ Preparing nodes 📦\n';
  });
  await driver.create(spec, task);
  expect(JSON.parse(String(asked?.input))).toMatchObject({
    name: 'todo',
    nodes: [{ image: spec.nodeImage }],
  });
  expect(asked?.env).toMatchObject({ KIND_EXPERIMENTAL_DOCKER_NETWORK: 'slipway-todo' });
  expect(asked?.args).toContain(spec.kubeconfigFile);
  expect((await stat(spec.kubeconfigFile)).mode & 0o777).toBe(0o600);
  expect(reports.map((report) => [report.text, report.done, report.total])).toEqual([
    ['Preparing nodes', 0, 6],
    ['Preparing nodes', 1, 6],
  ]);
});

test('a node that died is shown with the end of its log, then removed with its volume', async () => {
  commands
    .answer('docker ps --all --no-trunc', inTurn('', deadNode, deadNode, ''))
    .answer('docker logs --tail 30 todo-control-plane', 'node: no IPv4 address for todo\n')
    .answer('docker rm --force --volumes todo-control-plane', '')
    .answer('kind create', {
      exitCode: 1,
      stderr: 'ERROR: failed to create cluster: could not find a log line that matches\n',
    });
  const failure = await driver.create(spec, task).catch((error: Failure) => error);
  expect(failure).toMatchObject({
    code: 'cluster',
    message: 'kind could not create todo: could not find a log line that matches',
    details: expect.arrayContaining(['node: no IPv4 address for todo']),
  });
  expect(commands.calls).toContain('docker rm --force --volumes todo-control-plane');
});

test('a container that shows up after the cancel is removed too, and so are kubeconfig and network', async () => {
  const controller = new AbortController();
  // So short that it has passed at the second look, as on a busy machine.
  driver = new KindDriver({ commands, kind: async () => 'kind', docker: 'docker', settleMs: 1 });
  commands
    .answer('docker ps --all --no-trunc', inTurn('', '', node, ''))
    .answer('docker rm', '')
    .answer('docker network ls', '4711')
    .answer('docker ps --all --filter network=slipway-todo', '')
    .answer('docker network rm 4711', '')
    .answer('kind create', async () => {
      await writeFile(spec.kubeconfigFile, 'half');
      controller.abort();
      return '';
    });
  await expect(driver.create(spec, { ...task, signal: controller.signal })).rejects.toMatchObject({
    code: 'interrupted',
  });
  expect(commands.calls).toContain('docker rm --force --volumes todo-control-plane');
  expect(commands.calls.at(-1)).toBe('docker network rm 4711');
  await expect(readFile(spec.kubeconfigFile)).rejects.toThrow('ENOENT');
});

test('a cluster of that name is not touched by a create', async () => {
  commands.answer('docker ps --all --no-trunc', node);
  await expect(driver.create(spec, task)).rejects.toMatchObject({ code: 'cluster' });
  expect(commands.calls.filter((call) => !call.startsWith('docker ps'))).toEqual([]);
});

test('a stopped cluster tells its ports from its configuration', async () => {
  commands
    .answer('docker ps --all --no-trunc', deadNode)
    .answer('docker inspect', '{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]}\n');
  expect(await driver.observe('todo', signal)).toEqual({
    status: 'stopped',
    nodes: ['todo-control-plane'],
    ports: spec.ports,
    isOnOwnNetwork: false,
  });
});

test('a container that goes while it is looked at is not there', async () => {
  commands.answer('docker ps --all --no-trunc', inTurn(deadNode, deadNode, '')).answer('docker inspect', {
    exitCode: 1,
    stderr: 'Error response from daemon: No such container: todo\n',
  });
  expect(await driver.observe('todo', signal)).toMatchObject({ status: 'absent', nodes: [], ports: [] });
});

test('a container that stays and cannot be looked at is a failure', async () => {
  commands
    .answer('docker ps --all --no-trunc', deadNode)
    .answer('docker inspect', { exitCode: 1, stderr: 'permission denied\n' });
  await expect(driver.observe('todo', signal)).rejects.toMatchObject({ details: ['permission denied'] });
});

const startedAtMs = Date.parse('2026-01-01T10:00:00.5Z');

test.each([
  ['running\t\tslipway-todo\tUp 11 seconds', { isOnOwnNetwork: true, startedAtMs }],
  ['running\t\tslipway-todo\tUp Less than a second', { isOnOwnNetwork: true, startedAtMs }],
  ['running\t\tbridge,slipway-todo\tUp About a minute', { isOnOwnNetwork: true, startedAtMs }],
  ['running\t\tkind\tUp 2 minutes', { isOnOwnNetwork: false, startedAtMs: undefined }],
  ['paused\t\tslipway-todo\tUp 11 seconds (Paused)', { status: 'stopped', startedAtMs: undefined }],
])('of %s it tells whose it is and since when it runs', async (line, expected) => {
  commands
    .answer('docker ps --all --no-trunc', `todo-control-plane\tcontrol-plane\t${line}\n`)
    .answer('docker inspect', ({ args }) =>
      args.includes('{{.State.StartedAt}}') ? '2026-01-01T10:00:00.5Z\n' : '{}\n',
    );
  const seen = await driver.observe('todo', signal);
  const { startedAtMs: startedAt, ...rest } = expected;
  expect(seen).toMatchObject({ status: 'running', ...rest });
  expect(seen.startedAtMs).toBe(startedAt);
});

/** What kubectl in the node says, by its first words. */
function answerKubectl(times: { readonly lease: string; readonly pods: string }): void {
  const kubectl =
    'docker exec todo-control-plane kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout 10s get';
  commands
    .answer(`${kubectl} --raw /readyz`, 'ok')
    .answer(`${kubectl} lease`, inTurn('2026-01-01T09:59:00Z', times.lease))
    .answer(`${kubectl} pods`, inTurn('2026-01-01T09:59:00Z', times.pods));
}

test('a paused node goes on, and counts as back when its kubelet has reported since', async () => {
  const since = new Date(Date.now() + 60_000).toISOString();
  answerKubectl({ lease: since, pods: '2026-01-01T10:00:05Z' });
  commands
    .answer('docker ps --all --no-trunc', deadNode.replace('exited', 'paused'))
    .answer('docker inspect', '2026-01-01T10:00:00.5Z')
    .answer('docker unpause todo-control-plane', '');
  await driver.start('todo', task);
  expect(commands.calls.some((call) => call.startsWith('docker start'))).toBe(false);
  expect(reports.map(({ text }) => text)).toEqual([
    'resuming todo-control-plane',
    'waiting: kubelet of todo-control-plane has not reported yet',
    'waiting: 1 containers have not been looked at yet',
  ]);
});

test('a node that runs is waited for until what is told of it is from after its start', async () => {
  answerKubectl({ lease: '2026-01-01T10:00:10Z', pods: '2026-01-01T10:00:05Z' });
  commands.answer('docker ps --all --no-trunc', node).answer('docker inspect', '2026-01-01T10:00:00.5Z');
  await driver.start('todo', task);
  expect(reports.map(({ text }) => text)).toEqual([
    'waiting: kubelet of todo-control-plane has not reported yet',
    'waiting: 1 containers have not been looked at yet',
  ]);
});

test('a port that somebody else has taken meanwhile is named, with a way out', async () => {
  commands.answer('docker ps --all --no-trunc', deadNode).answer('docker start todo-control-plane', {
    exitCode: 1,
    stderr:
      'Error response from daemon: driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:8080 failed: port is already allocated\n',
  });
  await expect(driver.start('todo', task)).rejects.toMatchObject({
    code: 'port',
    message: 'todo-control-plane cannot start: its port 127.0.0.1:8080 is taken by now',
    hint: expect.stringContaining('slipway down'),
  });
});

test('observing a running cluster is one call', async () => {
  commands.answer('docker ps --all --no-trunc', node);
  expect(await driver.observe('todo', signal)).toMatchObject({ status: 'running', ports: spec.ports });
  expect(commands.calls).toHaveLength(1);
});
