// `slipway doctor`: every prerequisite with its verdict and what to do about it.

import { totalmem } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { ZxCommandRunner } from '../process/zx-command-runner.ts';
import { observeEngineHost } from '../engine/container-engine.ts';
import { observePrerequisites } from './doctor-checks.ts';
import { askEngine } from '../engine/ask-engine.ts';
import { findEngineEndpoint, type EngineEndpoint } from '../engine/engine-endpoint.ts';
import { pingEngine } from '../engine/engine-ping.ts';
import { chooseImageSource, officialImages, type ImageSource } from '../packages/probe-registry.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';

export const doctorSpec: CommandSpec = {
  name: 'doctor',
  summary:
    'Checks every prerequisite and says what to do. Exit code 1: something is missing that `up` cannot get.',
  options: { json: baseOptions.json, help: baseOptions.help },
};

export async function doctor(context: CommandContext): Promise<number> {
  const { env, signal, folders } = context;
  await using commands = new ZxCommandRunner({ env });
  // A setting that cannot be used is one of the things that are checked.
  const endpoint = await findEngineEndpoint({ env, homeFolder: context.homeFolder }).catch(
    (error: unknown) => {
      if (error instanceof Failure) return error;
      throw error;
    },
  );
  const checks = await observePrerequisites(
    {
      commands,
      host: await observeEngineHost(context.system, context.isRoot),
      endpoint,
      engineFolder: join(folders.state, 'engine'),
      cacheFolder: folders.cache,
      source: await sourceHere(context, endpoint),
      ports: [
        { name: 'http', address: '127.0.0.1', port: 8080 },
        { name: 'https', address: '127.0.0.1', port: 8443 },
      ],
      memoryBytes: totalmem(),
    },
    signal,
  );
  if (context.options.flags.has('json')) {
    for (const check of checks) context.print(JSON.stringify(check));
  } else {
    const rows = checks.map(({ name, verdict, found, remedy }) => [name, verdict, found, remedy ?? '']);
    context.print(formatTable({ head: ['CHECK', 'VERDICT', 'FOUND', 'REMEDY'], rows }));
  }
  return checks.some((check) => check.verdict === 'missing') ? 1 : 0;
}

/** As `up` would choose; undefined where there is no engine to ask. */
async function sourceHere(
  { folders, signal }: CommandContext,
  endpoint: EngineEndpoint | Failure,
): Promise<ImageSource | undefined> {
  if (endpoint instanceof Failure) return undefined;
  if ((await pingEngine(endpoint, signal)).status !== 'running') return undefined;
  const { source } = await chooseImageSource(
    {
      wanted: 'auto',
      images: officialImages,
      engine: endpoint.url,
      memoryFile: join(folders.cache, 'image-source.json'),
      nowMs: Date.now(),
      ask: (path, asked, deadlineMs) => askEngine(endpoint, path, asked, deadlineMs),
    },
    signal,
  );
  return source;
}
