// What a command is given in tests, with folders of its own.

import { PassThrough } from 'node:stream';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommandContext } from '../../../src/cli/command-context.ts';
import type { RunEvent } from '../../../src/run/events.ts';
import { Redactor } from '../../../src/secrets/redact.ts';

export interface CommandScene extends AsyncDisposable {
  readonly folder: string;
  readonly context: CommandContext;
  readonly events: RunEvent[];
  /** Writes a file, by its path in the folder. */
  write(path: string, text: string): Promise<void>;
}

export async function openCommandScene(changes: Partial<CommandContext> = {}): Promise<CommandScene> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-command-'));
  const events: RunEvent[] = [];
  return {
    folder,
    events,
    context: {
      options: { flags: new Set(), texts: new Map(), positionals: [] },
      env: {},
      folders: { slipway: folder, cache: join(folder, 'cache'), state: join(folder, 'state') },
      homeFolder: folder,
      configFile: join(folder, 'slipway.config.ts'),
      system: 'linux',
      architecture: 'x64',
      isRoot: false,
      signal: new AbortController().signal,
      redactor: new Redactor(),
      emit: (event) => void events.push(event),
      print: () => undefined,
      output: new PassThrough(),
      isInteractive: false,
      confirm: async () => {
        throw new Error('nobody was to be asked');
      },
      ...changes,
    },
    write: async (path, text) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
