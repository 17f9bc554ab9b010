// The runtime for an engine on a machine whose root lacks capabilities: see runc-bounded/main.go.

import { chmod, copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '../task.ts';
import type { Artifact } from '../packages/artifact.ts';
import { goBinary } from '../packages/go-binary.ts';
import type { Workbench } from '../packages/workshop.ts';
import { packageFolder } from '../package-folder.ts';

/** The runtime as an artifact, compiled from its sources in this repository. */
export function boundedRuntime(workshop: Workbench): Promise<Artifact> {
  return goBinary(workshop, {
    id: 'runc-bounded',
    title: 'runtime for short capability sets (compile)',
    moduleFolder: join(packageFolder, 'src/engine/runc-bounded'),
    packages: [{ path: '.', output: 'runc-bounded' }],
    ldflags: '-s -w',
  });
}

/**
 * Makes the runtime and copies it to `folder`: the engine runs it for as long as it lives, and the cache may be
 * deleted at any time. Resolves with the path of the copy.
 */
export async function installBoundedRuntime(runtime: Artifact, folder: string, task: Task): Promise<string> {
  await runtime.make(task);
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'runc-bounded');
  // Renamed into place: a running container may be using the old one.
  await copyFile(join(runtime.location, 'runc-bounded'), `${path}.new`);
  await chmod(`${path}.new`, 0o755);
  await rename(`${path}.new`, path);
  return path;
}

/** What dockerd must be told to use it for every container that names no other. */
export function boundedRuntimeArgs(path: string): string[] {
  return ['--add-runtime', `bounded=${path}`, '--default-runtime=bounded'];
}
