import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { ApiStatus } from '../../../src/kubernetes/client/api-status.ts';
import type { ClusterObject, LogQuery } from '../../../src/kubernetes/client/cluster-api.ts';
import { LogFollower, type LogFollowerOptions } from '../../../src/logs/log-follower.ts';

/** Logs that the test writes; each call is kept. */
class Logs {
  readonly queries: LogQuery[] = [];
  readonly streams: PassThrough[] = [];
  refusal: Failure | undefined;

  async streamLogs(query: LogQuery): Promise<Readable> {
    this.queries.push(query);
    if (this.refusal) throw this.refusal;
    const stream = new PassThrough();
    this.streams.push(stream);
    return stream;
  }
}

interface Run {
  readonly id: string;
  readonly isOver?: boolean;
  readonly before?: string;
}

const pod = (name: string, { id, isOver = false, before }: Run): ClusterObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'todo', uid: name } },
  status: {
    containerStatuses: [
      {
        name: 'main',
        containerID: id,
        state: isOver ? { terminated: { containerID: id } } : { running: {} },
        ...(before === undefined ? {} : { lastState: { terminated: { containerID: before } } }),
      },
    ],
  },
});
const at = (second: number): string => `2026-01-01T00:00:0${second}.000000000Z`;
const services = new Map([
  ['a-1', 'a'],
  ['a-2', 'a'],
  ['b-1', 'b'],
]);

function setUp(options: Partial<LogFollowerOptions> = {}) {
  const logs = new Logs();
  const lines: string[] = [];
  const follower = new LogFollower({
    ...{ api: logs, signal: new AbortController().signal },
    onLine: ({ service, pod: from, line }) => void lines.push(`${service} ${from} ${line}`),
    ...options,
  });
  const look = async (...pods: ClusterObject[]): Promise<void> => {
    follower.take(pods, services, () => true);
    await nextTurn();
  };
  const write = async (index: number, text: string): Promise<void> => {
    logs.streams[index]!.write(text);
    for (let turn = 0; turn < 3; turn++) await nextTurn();
  };
  return { logs, lines, follower, look, write };
}

describe('LogFollower', () => {
  test('follows every container once, with the name of its service', async () => {
    const { logs, lines, look, write } = setUp({ sinceTime: at(0), tailLines: 5 });
    await look(pod('a-1', { id: '1' }), pod('b-1', { id: '2' }), pod('stranger', { id: '3' }));
    await look(pod('a-1', { id: '1' }), pod('b-1', { id: '2' }));
    expect(logs.queries).toMatchObject([
      { namespace: 'todo', pod: 'a-1', container: 'main', sinceTime: at(0), tailLines: 5 },
      { pod: 'b-1' },
    ]);
    await write(0, `${at(1)} one\n${at(2)} tw`);
    await write(1, `${at(1)} other\n`);
    await write(0, `o\n${at(3)} \n`);
    expect(lines).toEqual(['a a-1 one', 'b b-1 other', 'a a-1 two', 'a a-1 ']);
  });

  test('goes on after a stream that broke, without telling a line twice', async () => {
    const { logs, lines, look, write } = setUp();
    await look(pod('a-1', { id: '1' }));
    await write(0, `${at(1)} one\n${at(2)} two\n`);
    logs.streams[0]!.destroy();
    await nextTurn();
    await look(pod('a-1', { id: '1' }));
    expect(logs.queries[1]).toEqual(expect.objectContaining({ sinceTime: at(2) }));
    await write(1, `${at(2)} two\n${at(3)} three\n`);
    expect(lines).toEqual(['a a-1 one', 'a a-1 two', 'a a-1 three']);
  });

  test('reads a container that ended to its end, once', async () => {
    const { logs, lines, look, write } = setUp();
    await look(pod('a-1', { id: '1' }));
    await write(0, `${at(1)} one\n`);
    logs.streams[0]!.end();
    await nextTurn();
    await look(pod('a-1', { id: '1', isOver: true }));
    await write(1, `${at(1)} one\n${at(2)} last words\n`);
    logs.streams[1]!.end();
    await nextTurn();
    await look(pod('a-1', { id: '1', isOver: true }));
    expect(logs.queries).toHaveLength(2);
    expect(lines).toEqual(['a a-1 one', 'a a-1 last words']);
  });

  test('reads a run that was over before anybody saw it run', async () => {
    const { logs, look } = setUp();
    await look(pod('a-1', { id: '1' }));
    await look(pod('a-1', { id: '3', before: '2' }));
    expect(logs.queries.map(({ previous }) => previous)).toEqual([false, true, false]);
  });

  test('tries again what was refused, as long as the container is there', async () => {
    const { logs, look } = setUp();
    logs.refusal = new Failure('cluster', 'container is creating');
    await look(pod('a-1', { id: '1' }));
    logs.refusal = undefined;
    await look(pod('a-1', { id: '1' }));
    await look();
    expect(logs.queries).toHaveLength(2);
  });

  test('is idle when the last stream has ended', async () => {
    const { logs, follower, look } = setUp();
    await look(pod('a-1', { id: '1' }), pod('a-2', { id: '2' }));
    let isIdle = false;
    const idle = follower.idle().then(() => (isIdle = true));
    logs.streams[0]!.end();
    await nextTurn();
    expect(isIdle).toBe(false);
    logs.streams[1]!.end();
    await idle;
    expect(isIdle).toBe(true);
  });

  test('a log that is refused is told of; one of a container that has not begun is not', async () => {
    const told: string[] = [];
    const { logs, look } = setUp({ onLost: (text) => void told.push(text) });
    logs.refusal = new Failure('cluster', 'no', { cause: new ApiStatus(400, '', 'is waiting to start') });
    await look(pod('a-1', { id: '1' }));
    expect(told).toEqual([]);
    logs.refusal = new Failure('cluster', 'no', { cause: new ApiStatus(403, '', 'not allowed') });
    await look(pod('a-1', { id: '1' }));
    await nextTurn();
    expect(told).toEqual(['the log of a-1 (main) is refused: not allowed']);
  });
});
