import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/policy/evaluate.ts';
import { ruleNames } from '../../../src/policy/rule-names.ts';
import { copyProject, type ProjectCopy } from '../../support/project-copy.ts';
import { expectExit, runSlipway, type SlipwayRun } from '../../support/run-slipway.ts';

const FILE = 'charts/service/templates/deployment.yaml';

describe('npm run check', () => {
  let project: ProjectCopy;
  /** In the place of the container engine: nobody may ask it. */
  let engine: Server;
  let engineCalls = 0;

  beforeAll(async () => {
    project = await copyProject();
    const socket = join(project.folder, 'engine.sock');
    engine = createServer((connection) => {
      engineCalls += 1;
      connection.destroy();
    });
    await new Promise<void>((resolve) => engine.listen(socket, resolve));
    await project.edit(FILE, 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false');
  });

  afterAll(async () => {
    await new Promise((resolve) => engine.close(resolve));
    await project.remove();
  });

  /** With --json, as all commands are run here: one object for each finding. */
  const check = (signal: AbortSignal, ...args: string[]): Promise<SlipwayRun> =>
    runSlipway({
      project,
      command: 'check',
      args: ['--images', 'registry', ...args],
      env: { DOCKER_HOST: `unix://${join(project.folder, 'engine.sock')}`, SLIPWAY_INSTALL: 'never' },
      signal,
    });
  const entries = (run: SlipwayRun, type: string): Finding[] =>
    (run.events as unknown as (Finding & { type: string })[]).filter((entry) => entry.type === type);

  test('finds what a chart breaks in each release, with file and line, and asks no engine', async ({
    signal,
  }) => {
    const run = await check(signal);
    expectExit(run, 1);
    const services = ['backend', 'frontend', 'mcp', 'notification', 'sse-gateway'];
    const places = entries(run, 'finding').map(({ rule, file, line, resource }) => [
      rule,
      `${file}:${line}`,
      resource,
    ]);
    const template = await readFile(join(project.folder, FILE), 'utf8');
    const line = template.split('\n').findIndex((text) => text.includes('readOnlyRootFilesystem')) + 1;
    expect(places).toEqual(
      services.map((name) => ['read-only-root', `${FILE}:${line}`, `todo/Deployment/${name}`]),
    );
    expect(entries(run, 'third-party').length).toBeGreaterThan(0);
    expect(engineCalls).toBe(0);
  });

  test('ends well when all is waived with a reason, and not when third-party charts count', async ({
    signal,
  }) => {
    await project.configure((environment) => {
      environment.policy = {
        waivers: ['backend', 'frontend', 'mcp', 'notification', 'sse-gateway'].map((name) => ({
          ...{ rule: 'read-only-root', resource: `Deployment/${name}`, reason: 'a test' },
        })),
      };
    });
    const run = await check(signal);
    expectExit(run, 0);
    expect(entries(run, 'waived')).toHaveLength(5);
    const strict = await check(signal, '--third-party', 'fail');
    await project.configure();
    expect(entries(strict, 'finding').every(({ file }) => file.startsWith('charts/addons/'))).toBe(true);
    expect(strict.exitCode).toBe(1);
  });

  test('lists the rules', async ({ signal }) => {
    const run = await check(signal, '--rules');
    const rules = run.events as unknown as { name: string }[];
    expect(rules.map(({ name }) => name)).toEqual([...ruleNames]);
    expect(run.exitCode).toBe(0);
  });
});
