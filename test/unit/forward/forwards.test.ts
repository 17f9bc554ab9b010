import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ForwardSpec } from '../../../src/forward/forward-target.ts';
import { Forwards } from '../../../src/forward/forwards.ts';
import type { ForwardState } from '../../../src/forward/port-forward.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';

const { signal } = new AbortController();
const spec = (name: string, localPort: number): ForwardSpec => ({
  ...{ name, namespace: 'todo', service: 'web', port: 80, localPort },
});

let states: ForwardState[];
let forwards: Forwards;
beforeEach(() => {
  states = [];
  const api = new FakeClusterApi();
  api.add({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'todo' } },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  });
  const tunnel = { open: () => Promise.reject(new Error('nobody asks')) };
  forwards = new Forwards({ api, tunnel, onState: (state) => void states.push(state) });
});
afterEach(() => forwards[Symbol.asyncDispose]());

const isOpen = async (address: string): Promise<boolean> => {
  const [host = '', port] = address.split(':');
  const socket = connect(Number(port), host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

describe('Forwards', () => {
  test('are opened and closed as the config says by and by', async () => {
    await forwards.take([spec('one', 25_200)], [], signal);
    const { address, state, reason } = states[0]!;
    expect({ state, reason }).toEqual({ state: 'waiting', reason: 'service web has no pods' });
    expect(await isOpen(address)).toBe(true);
    await forwards.take([spec('one', 25_200), spec('two', 25_300)], [], signal);
    expect(states.map(({ name }) => name)).toEqual(['one', 'two']);
    await forwards.take([spec('two', 25_300)], [], signal);
    expect(await isOpen(address)).toBe(false);
    expect(await isOpen(states[1]!.address)).toBe(true);
  });

  test('do not pretend to lead anywhere while the cluster does not answer', async () => {
    await forwards.take([spec('one', 25_200)], [], signal);
    forwards.lost('connection refused');
    expect(states.at(-1)).toMatchObject({ state: 'waiting', reason: 'connection refused' });
  });
});
