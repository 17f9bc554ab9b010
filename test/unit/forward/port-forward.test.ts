import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { portAfter, PortForward, type ForwardState } from '../../../src/forward/port-forward.ts';
import type { TunnelTarget } from '../../../src/kubernetes/exec/pod-tunnel.ts';

const toPod = (pod: string): TunnelTarget => ({ namespace: 'todo', pod, port: 80 });

/** Answers each line with the name of the pod and the line. */
class Pod {
  readonly sockets = new Set<Socket>();
  readonly server: Server;

  constructor(name: string) {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (text) => socket.write(`${name} ${text}`));
    });
  }

  die(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

const pods = new Map<string, Pod>();
const states: ForwardState[] = [];
let refusal: Failure | undefined;
let forward: PortForward;
let port: number;

beforeEach(async () => {
  for (const name of ['one', 'two']) {
    const pod = new Pod(name);
    await once(pod.server.listen(0, '127.0.0.1'), 'listening');
    pods.set(name, pod);
  }
  forward = await PortForward.open({
    spec: { name: 'db', namespace: 'todo', service: 'postgres', port: 5432, localPort: 24_900 },
    tunnel: {
      open: async ({ pod }): Promise<Duplex> => {
        if (refusal) throw refusal;
        const socket = connect((pods.get(pod)!.server.address() as AddressInfo).port, '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      },
    },
    onState: (state) => void states.push(state),
    ...{ holdMs: 300, silenceMs: 100 },
  });
  forward.lead(toPod('one'));
  port = Number(states[0]!.address.split(':')[1]);
});
afterEach(async () => {
  await forward[Symbol.asyncDispose]();
  for (const pod of pods.values()) pod.die();
  states.length = 0;
  refusal = undefined;
});

async function ask(text: string): Promise<string> {
  const client = connect(port, '127.0.0.1');
  client.write(text);
  const [answer] = (await once(client, 'data')) as [Buffer];
  client.destroy();
  return answer.toString();
}

describe('PortForward', () => {
  test('leads connections to the pod, and says so', async () => {
    expect(await ask('hello')).toBe('one hello');
    expect(states).toEqual([
      { name: 'db', address: `127.0.0.1:${port}`, target: 'postgres:5432', state: 'ready', pod: 'one' },
    ]);
  });

  test('outlives its pod: what was open ends, what comes next goes to another one', async () => {
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    client.write('hello');
    await once(client, 'data');
    pods.get('one')!.die();
    await once(client, 'close');
    forward.lead(toPod('two'));
    expect(await ask('hello')).toBe('two hello');
    expect(states.map(({ state, pod }) => `${state} ${pod}`)).toEqual(['ready one', 'ready two']);
  });

  test('a connection waits for a pod that is about to come', async () => {
    forward.lead({ reason: 'no pod is ready' });
    expect(states.at(-1)).toMatchObject({ state: 'waiting', reason: 'no pod is ready' });
    const answer = ask('hello');
    forward.lead({ reason: 'still none' });
    forward.lead(toPod('two'));
    expect(await answer).toBe('two hello');
  });

  test('a client that gives up while it waits is forgotten', async () => {
    forward.lead({ reason: 'no pod is ready' });
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    client.resetAndDestroy();
    await once(client, 'close');
    forward.lead({ reason: 'still none' });
    forward.lead(toPod('two'));
    expect(await ask('hello')).toBe('two hello');
  });

  test('a connection that waits in vain is refused', async () => {
    forward.lead({ reason: 'no pod is ready' });
    await expect(ask('hello')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('a way that does not work is not called ready, until it works again', async () => {
    refusal = new Failure('cluster', 'cannot reach port 80 of pod todo/one: connection refused');
    await expect(ask('hello')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(states.at(-1)).toMatchObject({ state: 'failed', reason: refusal.message });
    // Another look changes nothing about it.
    forward.lead(toPod('one'));
    expect(states.at(-1)).toMatchObject({ state: 'failed' });
    refusal = undefined;
    expect(await ask('hello')).toBe('one hello');
    expect(states.at(-1)).toMatchObject({ state: 'ready', pod: 'one' });
  });

  test('a client that has said its last gets its answer, and is let go', async () => {
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.end('hello');
    const [answer] = (await once(client, 'data')) as [Buffer];
    expect(answer.toString()).toBe('one hello');
    client.resume();
    await once(client, 'close');
    await vi.waitFor(() =>
      expect([...pods.get('one')!.sockets].every(({ destroyed }) => destroyed)).toBe(true),
    );
  });

  test('takes the next port where the wanted one is taken', async () => {
    const { spec, tunnel, ...rest } = {
      spec: { name: 'db', namespace: 'todo', service: 'postgres', port: 5432, localPort: port },
      tunnel: { open: () => Promise.reject(new Error('not asked')) },
      onState: vi.fn(),
    };
    await using second = await PortForward.open({ spec, tunnel, ...rest });
    second.lead(toPod('one'));
    expect(rest.onState).toHaveBeenCalledWith(
      expect.objectContaining({ address: expect.not.stringMatching(`:${port}$`) }),
    );
  });
});

test.each([
  [5432, 'EADDRINUSE', 5433],
  [80, 'EADDRINUSE', 81],
  [80, 'EACCES', 8080],
  [443, 'EACCES', 8443],
  [8080, 'EACCES', 8081],
] as const)('after %i, which ends in %s, comes %i', (port, problem, next) => {
  expect(portAfter(port, problem)).toBe(next);
});
