// `npm run watch` on a real cluster: two small services, asked all the time by clients that must never go without an answer.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { RunEvent } from '../../scripts/engine/events.ts';
import { docker } from '../support/leftovers.ts';
import { needEngine } from '../support/need-engine.ts';
import { PollingClient } from '../support/polling-client.ts';
import { until } from '../support/until.ts';
import {
  nodePorts,
  WatchedProject,
  type ServiceName,
  type SlipwayProcess,
} from '../support/watched-project.ts';

type Ended = Extract<RunEvent, { type: 'service-ended' }>;

describe('watch', () => {
  let project: WatchedProject | undefined;
  let watching: SlipwayProcess;
  let clients: Record<ServiceName, PollingClient>;

  beforeAll(async () => {
    if (inject('engineProblem')) return;
    project = await WatchedProject.make();
    watching = project.run('watch', ['--yes', '--sweep-seconds', '5']);
    await watching.next((event) => event.type === 'watch-started');
    const node = `${project.clusterName}-control-plane`;
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const [address] = await docker('inspect', '--format', format, node);
    clients = {
      alpha: new PollingClient(`http://${address}:${nodePorts.alpha}/`),
      beta: new PollingClient(`http://${address}:${nodePorts.beta}/`),
    };
    await Promise.all([clients.alpha.until('hello first'), clients.beta.until('hello first')]);
  });
  beforeEach(needEngine);
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) await client[Symbol.asyncDispose]();
    await watching?.stop();
    await project?.[Symbol.asyncDispose]();
  });

  const use = (): WatchedProject => {
    if (!project) throw new Error('there is no project');
    return project;
  };
  /** Does something, and resolves with the next end of a run of this service. */
  async function ended(service: ServiceName, act: () => Promise<void>): Promise<Ended> {
    const from = watching.events.length;
    await act();
    const is = (event: RunEvent): event is Ended =>
      event.type === 'service-ended' && event.service === service && event.outcome !== 'superseded';
    return watching.next(is, from);
  }
  const runsOf = (service: ServiceName): number =>
    watching.events.filter((event) => event.type === 'service-started' && event.service === service).length;
  const nobodyWentWithout = (): void => {
    expect(clients.alpha.failures).toEqual([]);
    expect(clients.beta.failures).toEqual([]);
  };

  test('a save is served, by a run of that service alone', async () => {
    const runs = runsOf('beta');
    const served = clients.alpha.until('hello second');
    const end = await ended('alpha', () => use().answer('alpha', 'second'));
    expect(end).toMatchObject({
      outcome: 'served',
      what: expect.stringMatching(/^image alpha sha-\w+ → sha-\w+$/),
    });
    expect(end.buildMs! + end.loadMs! + end.deployMs!).toBeLessThanOrEqual(end.sinceChangeMs);
    await served;
    expect(runsOf('beta')).toBe(runs);
    nobodyWentWithout();
  });

  test('a broken build is told, the version before goes on answering, and the fix is picked up', async () => {
    const end = await ended('alpha', () =>
      use().edit('alpha/Dockerfile', 'answer.txt', 'answer.txt gone.txt'),
    );
    expect(end).toMatchObject({ outcome: 'failed', failure: { code: 'build' } });
    await clients.alpha.until('hello second');
    // It is not tried again by itself.
    const runs = runsOf('alpha');
    await ended('beta', () => use().answer('beta', 'second'));
    expect(runsOf('alpha')).toBe(runs);
    const fixed = clients.alpha.until('hello third');
    await use().answer('alpha', 'third');
    await use().edit('alpha/Dockerfile', 'answer.txt gone.txt', 'answer.txt');
    await fixed;
    nobodyWentWithout();
  });

  test('a broken chart is told, and its fix is picked up', async () => {
    const end = await ended('beta', () =>
      use().edit('chart-beta/templates/echo.yaml', 'kind: Service', 'kind: {{ .Values'),
    );
    expect(end).toMatchObject({ outcome: 'failed', failure: { code: 'chart' } });
    const fixed = await ended('beta', () =>
      use().edit('chart-beta/templates/echo.yaml', 'kind: {{ .Values', 'kind: Service\n# fixed'),
    );
    expect(fixed.outcome).toBe('served');
    await clients.beta.until('hello second');
    nobodyWentWithout();
  });

  test('a version that crashes gives way to the one before by itself, and its fix is picked up', async () => {
    const end = await ended('alpha', () => use().answer('alpha', 'crash'));
    expect(end).toMatchObject({
      outcome: 'failed',
      rolledBackTo: expect.stringMatching(/^revision \d+, sha-\w+$/),
      failure: { message: expect.stringContaining('CrashLoopBackOff') },
    });
    await clients.alpha.until('hello third');
    const fixed = clients.alpha.until('hello fourth');
    await ended('alpha', () => use().answer('alpha', 'fourth'));
    await fixed;
    nobodyWentWithout();
  });

  test('a value that the config imports reaches both services', async () => {
    const both = [clients.alpha.until('servus fourth'), clients.beta.until('servus second')];
    await use().write('greetings.ts', "export const greeting = 'servus';\n");
    await Promise.all(both);
    nobodyWentWithout();
  });

  test('of old images one is kept, in the engine and in the node', async () => {
    const name = `slipway.local/${use().clusterName}/alpha`;
    const inEngine = (): Promise<string[]> => docker('images', '--quiet', name);
    const inNode = async (): Promise<string[]> => {
      const list = ['ctr', '--namespace', 'k8s.io', 'images', 'ls', '--quiet', `name~=${name}`];
      return docker('exec', `${use().clusterName}-control-plane`, ...list);
    };
    await until(
      'two images are left',
      async () => (await inEngine()).length === 2 && (await inNode()).length === 2,
    );
    expect((await inEngine()).length).toBe(2);
  });

  test('Ctrl+C ends it at once and leaves everything up', async () => {
    const startedAt = performance.now();
    expect(await watching.stop()).toMatchObject({ exitCode: 0 });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await clients.alpha.until('servus fourth');
    nobodyWentWithout();
  });
});
