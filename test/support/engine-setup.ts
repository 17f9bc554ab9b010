// Global set-up of the projects integration and e2e: is there a container engine?
// Tests that need one ask with needEngine() and are skipped with the reason where there is none.

import { request } from 'node:http';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** '' when the engine answers. */
    engineProblem: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  project.provide('engineProblem', await engineProblem(process.env['DOCKER_HOST']));
}

function engineProblem(host: string | undefined): Promise<string> {
  const socketPath = host === undefined ? '/var/run/docker.sock' : host.replace(/^unix:\/\//, '');
  if (!socketPath.startsWith('/')) return Promise.resolve('');
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? '' : `the container engine answers ${response.statusCode}`);
    });
    ping.on('timeout', () => ping.destroy(new Error('no answer within 5 s')));
    ping.on('error', (error) => resolve(`no container engine at ${socketPath}: ${error.message}`));
    ping.end();
  });
}
