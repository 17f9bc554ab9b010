import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { choosePorts, hostPortProbe, type PortProbe } from '../../../src/cluster/host-port.ts';
import { findPortHolder } from '../../../src/cluster/port-holder.ts';
import { listeningInodes } from '../../../src/cluster/proc-net-tcp.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';

const { signal } = new AbortController();
const wanted = [
  { name: 'http', containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1' },
  { name: 'https', containerPort: 443, hostPort: 8081, listenAddress: '127.0.0.1' },
];

function probeOf(taken: Readonly<Record<number, string>>): PortProbe {
  return { isFree: async (port) => !(port in taken), holder: async (port) => taken[port] || undefined };
}

describe('choosing ports', () => {
  test('wanted ports that are free are taken, without a note', async () => {
    expect(await choosePorts(wanted, signal, probeOf({}))).toEqual({ mappings: wanted, notes: [] });
  });

  test('a taken one is named with its holder, and the next that is free and not wanted elsewhere is used', async () => {
    const chosen = await choosePorts(wanted, signal, probeOf({ 8080: 'nginx (process 7)', 8082: '' }));
    expect(chosen.mappings.map((mapping) => mapping.hostPort)).toEqual([8083, 8081]);
    expect(chosen.notes).toEqual(['port 8080 (http) is taken by nginx (process 7): using 8083 instead']);
  });

  test('two taken ones do not get the same substitute', async () => {
    const chosen = await choosePorts(wanted, signal, probeOf({ 8080: 'a', 8081: 'b' }));
    expect(chosen.mappings.map((mapping) => mapping.hostPort)).toEqual([8082, 8083]);
  });

  test('no free port at all is a failure that names the holder', async () => {
    const probe: PortProbe = { isFree: async () => false, holder: async () => 'container web (nginx)' };
    await expect(choosePorts(wanted, signal, probe)).rejects.toMatchObject({
      code: 'port',
      message: expect.stringContaining('container web (nginx)'),
    });
  });
});

describe('who holds a port', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function listen(): Promise<number> {
    server = createServer();
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  test('a port that is listened on is not free, and is free afterwards', async () => {
    const port = await listen();
    expect(await hostPortProbe().isFree(port, '127.0.0.1')).toBe(false);
    await new Promise((resolve) => server?.close(resolve));
    expect(await hostPortProbe().isFree(port, '127.0.0.1')).toBe(true);
  });

  test('a process is named with its id', async (context) => {
    context.skip(process.platform !== 'linux', 'only Linux has /proc');
    expect(await findPortHolder(await listen(), { signal })).toMatch(
      new RegExp(`\\(process ${process.pid}\\)$`),
    );
  });

  test('a container is named before the engine’s own proxy', async () => {
    const port = await listen();
    const commands = new ProgramAnswers().answer('docker ps', `web\tnginx:1.27\t127.0.0.1:${port}->80/tcp\n`);
    expect(await findPortHolder(port, { engine: { commands, docker: 'docker' }, signal })).toBe(
      'container web (nginx:1.27)',
    );
  });

  test('an engine that does not answer is no obstacle', async () => {
    const commands = new ProgramAnswers().answer('docker ps', { exitCode: 1, stderr: 'Cannot connect' });
    expect(await findPortHolder(1, { engine: { commands, docker: 'docker' }, signal })).toBeUndefined();
  });

  test('of the socket table only listening sockets of that very port count', () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
   2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
`;
    expect(listeningInodes(table, 8080)).toEqual(['4711']);
  });
});
