import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { ApiStatus } from '../../../src/kubernetes/client/api-status.ts';
import type { ClusterObject, LogQuery } from '../../../src/kubernetes/client/cluster-api.ts';
import type { LogLine } from '../../../src/logs/log-line.ts';
import { readLogs, type ReadLogs } from '../../../src/logs/read-logs.ts';

const { signal } = new AbortController();
const pod = (name: string): ClusterObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'todo', uid: name } },
  status: {
    initContainerStatuses: [{ name: 'init', containerID: `${name}-0`, state: { terminated: {} } }],
    containerStatuses: [
      {
        ...{ name: 'main', containerID: `${name}-2`, state: { running: {} } },
        lastState: { terminated: { containerID: `${name}-1` } },
      },
      { name: 'late', state: { waiting: {} } },
    ],
  },
});
const at = (second: number): string => `2026-01-01T00:00:0${second}.000000000Z`;

async function read(request: Partial<ReadLogs> = {}): Promise<{ lines: string[]; queries: LogQuery[] }> {
  const queries: LogQuery[] = [];
  const texts: Record<string, string> = {
    'a-1 main': `${at(1)} a starts\n${at(4)} a goes on\n`,
    'b-1 main': `${at(2)} b starts\n${at(3)} \n`,
  };
  const api = {
    streamLogs: async (query: LogQuery): Promise<Readable> => {
      queries.push(query);
      return Readable.from([texts[`${query.pod} ${query.container}`] ?? '']);
    },
  };
  const services = new Map([
    ['a-1', 'a'],
    ['b-1', 'b'],
  ]);
  const pods = [pod('a-1'), pod('b-1'), pod('stranger')];
  const lines: LogLine[] = [];
  for await (const line of readLogs({ api, pods, services, isWanted: () => true, ...request }, signal))
    lines.push(line);
  return { lines: lines.map(({ service, line }) => `${service} ${line}`), queries };
}

describe('readLogs', () => {
  test('puts the lines of all pods in the order of their times', async () => {
    expect((await read()).lines).toEqual(['a a starts', 'b b starts', 'b ', 'a a goes on']);
  });

  test('asks only for containers that have a log, in the range that is wanted', async () => {
    const { queries } = await read({ tailLines: 5, sinceTime: at(0) });
    expect(queries.map(({ pod: name, container }) => `${name} ${container}`)).toEqual([
      'a-1 init',
      'a-1 main',
      'b-1 init',
      'b-1 main',
    ]);
    expect(queries[0]).toMatchObject({ tailLines: 5, sinceTime: at(0), timestamps: true, previous: false });
  });

  test('before the last restart there is only what was restarted', async () => {
    const { queries } = await read({ previous: true });
    expect(queries.map(({ container, previous }) => `${container} ${previous}`)).toEqual([
      'main true',
      'main true',
    ]);
  });

  test('leaves out what is not wanted', async () => {
    const { lines } = await read({ isWanted: ({ service }) => service === 'b' });
    expect(lines).toEqual(['b b starts', 'b ']);
  });

  test('one log that is refused does not take the others along: it is told where it is news', async () => {
    const told: string[] = [];
    const refuse = (status: number): Promise<never> =>
      Promise.reject(new Failure('cluster', 'no', { cause: new ApiStatus(status, '', 'not allowed') }));
    const api = {
      streamLogs: async ({ pod: from, container }: LogQuery): Promise<Readable> => {
        if (from === 'b-1') return refuse(403);
        return container === 'init' ? refuse(404) : Readable.from([`${at(1)} a starts\n`]);
      },
    };
    const { lines } = await read({ api, onLost: (text) => void told.push(text) });
    expect(lines).toEqual(['a a starts']);
    expect(told).toEqual(['init', 'main'].map((name) => `the log of b-1 (${name}) is refused: not allowed`));
  });

  test('takes no more of a log than is asked for, and lets go of it', async () => {
    let given = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) yield `${at(1)} line ${given++}\n`;
      })(),
      { highWaterMark: 1 },
    );
    const services = new Map([['a-1', 'a']]);
    const isWanted: ReadLogs['isWanted'] = ({ container }) => container === 'main';
    const api = { streamLogs: async () => endless };
    let taken = 0;
    for await (const { line } of readLogs({ api, pods: [pod('a-1')], services, isWanted }, signal)) {
      expect(line).toBe(`line ${taken}`);
      if (++taken === 1_000) break;
    }
    expect(given).toBeLessThan(1_100);
    expect(endless.destroyed).toBe(true);
  });

  test('an API that does not answer is a Failure', async () => {
    const failure = new Failure('cluster', 'gone', { cause: new ApiStatus(0, '', 'refused') });
    await expect(read({ api: { streamLogs: () => Promise.reject(failure) } })).rejects.toBe(failure);
  });
});
