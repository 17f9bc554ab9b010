// `npm run doctor`: every prerequisite with its verdict and what to do about it.

import { totalmem } from 'node:os';
import { join } from 'node:path';
import { nodeKubernetesVersion } from '../cluster/node-image.ts';
import { ZxCommandRunner } from '../process/zx-command-runner.ts';
import { observeEngineHost } from '../toolchain/container-engine.ts';
import { observePrerequisites } from '../toolchain/doctor-checks.ts';
import { findEngineEndpoint } from '../toolchain/engine-endpoint.ts';
import { parseToolVersion } from '../toolchain/tool-version.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from './command-context.ts';
import { baseOptions, type CommandSpec } from './option-spec.ts';

export const doctorSpec: CommandSpec = {
  name: 'doctor',
  summary:
    'Checks every prerequisite and says what to do. Exit code 1: something is missing that `up` cannot get.',
  options: { json: baseOptions.json, help: baseOptions.help },
};

export async function doctor(context: CommandContext): Promise<number> {
  const { env, signal, folders } = context;
  const checks = await observePrerequisites(
    {
      commands: new ZxCommandRunner({ env }),
      host: await observeEngineHost(context.system, context.isRoot),
      endpoint: await findEngineEndpoint({ env, homeFolder: context.homeFolder }),
      engineFolder: join(folders.state, 'engine'),
      cacheFolder: folders.cache,
      kubernetes: parseToolVersion(nodeKubernetesVersion)!,
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
