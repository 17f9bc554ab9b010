// What is refused before anything is looked at.

import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyProject, type ProjectCopy } from '../support/project-copy.ts';
import { runSlipway } from '../support/run-slipway.ts';

describe('A command that cannot be right', () => {
  let project: ProjectCopy;
  /** In the place of the container engine: nobody may ask it. */
  let engine: Server;
  let engineCalls = 0;
  let env: Record<string, string>;

  beforeAll(async () => {
    project = await copyProject();
    const socket = join(project.folder, 'engine.sock');
    engine = createServer((connection) => {
      engineCalls += 1;
      connection.destroy();
    });
    await new Promise<void>((resolve) => engine.listen(socket, resolve));
    env = { DOCKER_HOST: `unix://${socket}`, SLIPWAY_INSTALL: 'never' };
  });

  afterAll(async () => {
    await new Promise((resolve) => engine.close(resolve));
    await project.remove();
  });

  test('up names every problem of the config at once, each with its path, and calls no engine', async ({
    signal,
  }) => {
    await project.configure(({ releases }) => {
      releases['postgres']!.needs = ['frontend'];
      releases['mcp']!.needs = ['backend', 'nowhere'];
      releases['todo-ingress']!.needs = ['addon:nginx', 'frontend'];
    });
    const run = await runSlipway({ project, command: 'up', env, signal });
    await project.configure();

    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('slipway.config.ts has 3 problems');
    expect(run.stderr).toMatch(/environments\.todo\.releases\.mcp\.needs\[1\]: .*nowhere/);
    expect(run.stderr).toMatch(/environments\.todo\.releases\.todo-ingress\.needs\[0\]: .*addon:nginx/);
    expect(run.stderr).toMatch(
      /environments\.todo\.releases\S*: .*circle: .*postgres → .*frontend|frontend → /,
    );
    expect(run.events).toEqual([]);
    expect(engineCalls).toBe(0);
  });

  test('a flag that does not exist is refused with the nearest one that does', async ({ signal }) => {
    const run = await runSlipway({ project, command: 'down', args: ['--keep-image'], env, signal });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('unknown option --keep-image');
    expect(run.stderr).toContain('--keep-images');
    expect(engineCalls).toBe(0);
  });

  test('where no engine answers and nothing may be installed, up says so and what to do', async ({
    signal,
  }) => {
    const run = await runSlipway({ project, command: 'up', env, signal });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(
      `the container engine at ${env['DOCKER_HOST']} (DOCKER_HOST) cannot be used`,
    );
    expect(run.stderr).toContain('docker context ls');
    expect(engineCalls).toBeGreaterThan(0);
  });
});
