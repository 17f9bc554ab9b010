// The Go compiler of this machine, as the factories of artifacts need to know it.

import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import { observeTool } from '../tools/observe-tools.ts';

export interface GoToolchain {
  /** 'go1.26.8' */
  readonly goVersion: string;
  /** 'linux/amd64' */
  readonly platform: string;
}

/** Rejects with Failure 'prerequisite' where there is no Go. */
export async function observeGoToolchain(commands: CommandRunner, signal: AbortSignal): Promise<GoToolchain> {
  const { unfit } = await observeTool(commands, 'go', signal);
  if (unfit !== undefined) {
    throw new Failure(
      'prerequisite',
      `${unfit}; without container registries, Slipway compiles what it needs`,
      {
        hint: 'Install Go 1.21 or newer (https://go.dev/doc/install), or use `--images registry` where registries answer.',
      },
    );
  }
  // In a folder without go.mod, which could choose another toolchain.
  const args = ['env', 'GOVERSION', 'GOOS', 'GOARCH'];
  const { stdout } = await commands.run({ program: 'go', args, cwd: '/', timeoutMs: 60_000, signal });
  const [goVersion = '', system = '', architecture = ''] = stdout.trim().split('\n');
  return { goVersion, platform: `${system}/${architecture}` };
}
