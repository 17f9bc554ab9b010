import { beforeEach, expect, test } from 'vitest';
import { KindEngine } from '../../../../src/cluster/kind/kind-engine.ts';
import { removeKindCluster } from '../../../../src/cluster/kind/kind-removal.ts';
import { inTurn, ProgramAnswers } from '../../../fakes/program-answers.ts';

const { signal } = new AbortController();
const task = { signal, report: () => undefined };
const node = 'todo-control-plane\tcontrol-plane\trunning\t127.0.0.1:8080->80/tcp\n';
let commands: ProgramAnswers;
let engine: KindEngine;

beforeEach(() => {
  commands = new ProgramAnswers()
    .answer('docker ps --all --no-trunc', '')
    .answer('docker network ls', '')
    .answer('docker volume ls', '');
  engine = new KindEngine(commands, 'docker');
});

test('a delete ends nodes, takes them off the network, and removes volumes that stay', async () => {
  commands
    .answer('docker ps --all --no-trunc', inTurn(node, ''))
    .answer('docker inspect', 'volume-1 \n')
    .answer('docker kill todo-control-plane', '')
    .answer('docker network disconnect --force slipway-todo todo-control-plane', '')
    .answer('docker rm --force --volumes todo-control-plane', '')
    .answer('docker volume ls', 'volume-1\nvolume-2\n')
    .answer('docker volume rm volume-1', '');
  await removeKindCluster(engine, 'todo', task);
  expect(commands.calls).toEqual(
    expect.arrayContaining(['docker rm --force --volumes todo-control-plane', 'docker volume rm volume-1']),
  );
});

test('a node that cannot be ended or taken off its network by itself is removed all the same', async () => {
  const refusal = { exitCode: 1, stderr: 'Error response from daemon: it is not running\n' };
  commands
    .answer('docker ps --all --no-trunc', inTurn(node, ''))
    .answer('docker inspect', '\n')
    .answer('docker kill', refusal)
    .answer('docker network disconnect', refusal)
    .answer('docker rm --force --volumes todo-control-plane', '')
    .answer('docker network ls', inTurn('4711', '4711', ''))
    .answer('docker ps --all --filter network=slipway-todo', inTurn('todo-control-plane\n', ''))
    .answer('docker network rm 4711', '');
  expect(await removeKindCluster(engine, 'todo', task)).toBeUndefined();
  expect(commands.calls.slice(-1)).toEqual(['docker network rm 4711']);
});

test('a network that others use stays, and that is said', async () => {
  commands
    .answer('docker network ls', '4711')
    .answer('docker ps --all --filter network=slipway-todo', 'registry\n');
  expect(await removeKindCluster(engine, 'todo', task)).toBe('network slipway-todo stays: registry use it');
  expect(commands.calls.some((call) => call.startsWith('docker network rm'))).toBe(false);
});

test('a cluster that comes back during its delete is a failure', async () => {
  commands
    .answer('docker ps --all --no-trunc', node)
    .answer('docker inspect', '\n')
    .answer('docker kill', '')
    .answer('docker network disconnect', '')
    .answer('docker rm', '');
  await expect(removeKindCluster(engine, 'todo', task)).rejects.toMatchObject({ code: 'cluster' });
});
